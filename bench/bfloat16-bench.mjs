// Whether bfloat16 units would help the engine's two large products: through oneDNN's switches, which need no change of ours,
// and through operations on bfloat16 tensors.
import { join } from 'node:path';
import { askAll, startContender, stopContender } from './contenders.mjs';
import { coreCount, describeMachine, describeVersions } from './machine.mjs';
import { INPUTS } from './networks.mjs';
import { measureRounds } from './rounds.mjs';
import { mean, spreadOf } from './statistics.mjs';

const WINDOW_ROWS = 500;
const COLUMNS = 25 * 50;

/** The forward product W·Xᵀ, and the update A·X. */
const PRODUCTS = [
  { name: 'forward, W·Xᵀ', m: COLUMNS, k: INPUTS, n: WINDOW_ROWS, transposeB: true },
  { name: 'update, A·X', m: COLUMNS, k: WINDOW_ROWS, n: INPUTS, transposeB: false },
];
/** Both are documented to let float32 products use bfloat16 units. */
const SWITCHES = { ONEDNN_DEFAULT_FPMATH_MODE: 'BF16', TF_SET_ONEDNN_FPMATH_MODE: 'BF16' };

/**
 * @typedef {{float32Seconds: number, bfloat16Seconds: number, withCastsSeconds: number, relativeError: number, float32Digest: string}} Answer
 */

/**
 * @param {object} options
 * @param {string} options.sizeName
 * @param {import('./sizes.mjs').Size} options.size
 * @param {(text: string) => void} options.say
 */
export async function runBfloat16Bench({ sizeName, size, say }) {
  const processes = size.processes || coreCount();
  const kind = {
    label: 'bfloat16',
    program: [join(import.meta.dirname, 'workers', 'bfloat16.mjs')],
    networks: 0,
    steps: 0,
  };
  const plain = await startContender({ ...kind, name: 'plain' }, processes);
  const switched = await startContender({ ...kind, name: 'switched', environment: SWITCHES }, processes);
  const products = [];
  try {
    for (const { name, ...shape } of PRODUCTS) {
      /** @type {Record<string, Answer[][]>} */
      const answers = { plain: [], switched: [] };
      const measurements = [plain, switched].map((contender) => ({
        name: contender.name,
        measure: async () => {
          /** @type {Answer[]} */
          const answer = await askAll(contender, 'measure', () => ({ ...shape, seconds: size.peakSeconds }));
          answers[contender.name]?.push(answer);
          return {};
        },
      }));
      await measureRounds(measurements, { rounds: size.rounds, keepDisturbed: size.keepDisturbed, say });
      products.push({ name, ...shape, ...conclude(answers) });
    }
  } finally {
    stopContender(plain);
    stopContender(switched);
  }
  return {
    schemaVersion: 1,
    date: new Date().toISOString(),
    size: sizeName,
    machine: describeMachine(),
    versions: describeVersions(),
    settings: { processes, switches: SWITCHES },
    products,
  };
}

/** @param {Record<string, Answer[][]>} answers the warm-up first; disturbed rounds are among them, medians bear a few */
function conclude({ plain = [], switched = [] }) {
  const milliseconds = (
    /** @type {Answer[][]} */ rounds,
    /** @type {'float32Seconds' | 'bfloat16Seconds' | 'withCastsSeconds'} */ key,
  ) => spreadOf(rounds.slice(1).map((round) => 1000 * mean(round.map((own) => own[key]))));
  const digests = [...plain, ...switched].flat().map(({ float32Digest }) => float32Digest);
  return {
    float32: milliseconds(plain, 'float32Seconds'),
    float32Switched: milliseconds(switched, 'float32Seconds'),
    switchChangesBits: new Set(digests).size > 1,
    bfloat16: milliseconds(plain, 'bfloat16Seconds'),
    bfloat16WithCasts: milliseconds(plain, 'withCastsSeconds'),
    relativeError: plain[0]?.[0]?.relativeError ?? NaN,
  };
}
