// bfloat16 products through tfjs-node's binding. Its `createTensor` does not know the type, but `Cast` makes such tensors and
// `BatchMatMulV2` multiplies them (float32 sums inside, a bfloat16 result): how fast, and how far off.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { openBackend } from '@seedbed/model';
import { serve } from './serve.mjs';

/** Code of the type in TensorFlow's types.proto. */
const BFLOAT16 = 14;

await openBackend();
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');
/** @type {any} */
const binding = tf.backend().binding;
const FLOAT = binding.TF_FLOAT;

/** @param {string} name @param {number} value */
const type = (name, value) => ({ name, type: binding.TF_ATTR_TYPE, value });
/** @param {string} name @param {boolean} value */
const flag = (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value });

/** @param {number} id @param {number} from @param {number} to @returns {number} */
const cast = (id, from, to) =>
  binding.executeOp('Cast', [type('SrcT', from), type('DstT', to), flag('Truncate', false)], [id], 1)[0].id;

/** @param {number} a @param {number} b @param {number} dtype @param {boolean} transposeB @returns {number} */
const product = (a, b, dtype, transposeB) =>
  binding.executeOp(
    'BatchMatMulV2',
    [type('T', dtype), flag('adj_x', false), flag('adj_y', transposeB)],
    [a, b],
    1,
  )[0].id;

/** @param {number} rows @param {number} columns @param {number} stream */
function normal(rows, columns, stream) {
  let state = stream;
  const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  const values = Float32Array.from(
    { length: rows * columns },
    () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
  return /** @type {number} */ (binding.createTensor([rows, columns], FLOAT, values));
}

/**
 * Mean time of a call.
 * @param {() => number[]} call makes tensors, which are freed
 * @param {number} seconds
 */
function timed(call, seconds) {
  const startedAt = performance.now();
  let count = 0;
  let elapsed;
  do {
    for (const id of call()) binding.deleteTensor(id);
    count += 1;
    elapsed = (performance.now() - startedAt) / 1000;
  } while (elapsed < seconds);
  return elapsed / count;
}

await serve({
  prepare: () => undefined,
  /**
   * One shape: a is m × k; b is n × k when it is transposed, else k × n. The weights are cast anew for each product, as they
   * change; the images are cast once.
   * @param {{m: number, k: number, n: number, transposeB: boolean, seconds: number}} settings
   */
  measure({ m, k, n, transposeB, seconds }) {
    const a = normal(m, k, 1);
    const b = transposeB ? normal(n, k, 2) : normal(k, n, 2);
    const [a16, b16] = [cast(a, FLOAT, BFLOAT16), cast(b, FLOAT, BFLOAT16)];
    const exact = product(a, b, FLOAT, transposeB);
    const rounded = product(a16, b16, BFLOAT16, transposeB);
    const back = cast(rounded, BFLOAT16, FLOAT);
    const answer = {
      float32Seconds: timed(() => [product(a, b, FLOAT, transposeB)], seconds),
      bfloat16Seconds: timed(() => [product(a16, b16, BFLOAT16, transposeB)], seconds),
      withCastsSeconds: timed(() => {
        const left = cast(a, FLOAT, BFLOAT16);
        const result = product(left, b16, BFLOAT16, transposeB);
        return [left, result, cast(result, BFLOAT16, FLOAT)];
      }, seconds),
      float32Digest: createHash('sha256').update(binding.tensorDataSync(exact)).digest('hex'),
      relativeError: relativeError(binding.tensorDataSync(back), binding.tensorDataSync(exact)),
    };
    for (const id of [a, b, a16, b16, exact, rounded, back]) binding.deleteTensor(id);
    return answer;
  },
});

/** Root mean square of the difference over that of the exact values. @param {Float32Array} found @param {Float32Array} exact */
function relativeError(found, exact) {
  let difference = 0;
  let size = 0;
  exact.forEach((value, index) => {
    difference += ((found[index] ?? NaN) - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference / size);
}
