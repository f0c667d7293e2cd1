// Prints what a training step of one network costs on native kernels and on WebAssembly, in a pack of 25, on one thread:
// node libs/model/tools/compare-backends.mjs [rounds]
// Needs a build (npx tsc -b libs/model).
import { cpus } from 'node:os';

for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'])
  process.env[name] = '1';
process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
const { openBackend, PreparedData, trainPack } = await import('../dist/index.js');

const INPUTS = 3_072;
const NETWORKS = 25;
const STEPS = 60;
const rounds = Number(process.argv[2] ?? 3);

/** Made-up rows: what is measured does not depend on their values. */
function rowsOf(count) {
  const inputs = Float32Array.from({ length: count * INPUTS }, (_, index) => Math.sin(index * 1.7));
  const rows = (first, length) => inputs.subarray(first * INPUTS, (first + length) * INPUTS);
  return { labels: Uint8Array.from({ length: count }, (_, index) => index % 10), count, rows };
}

const schedule = { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: STEPS / 2, cycles: 1 };
const members = Array.from({ length: NETWORKS }, (_, seed) => ({
  model: { kind: 'two-layer', hidden: 50 },
  training: { lambda: 0.001, batchSize: 100, schedule },
  evaluation: { cadence: 'end', train: false, test: false },
  seed,
}));
const loadTest = () => Promise.reject(new Error('no member asks for the test set'));

async function millisecondsAStep(backend) {
  const data = new PreparedData(
    backend.kernels,
    { inputCount: INPUTS, classCount: 10, train: rowsOf(2_000), validation: rowsOf(100) },
    100,
  );
  const times = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    await trainPack({ data, members, loadTest, onResult: () => undefined });
    const { user, system } = process.cpuUsage(before);
    // The first round warms up.
    if (round > 0) times.push((user + system) / 1e3 / STEPS / NETWORKS);
  }
  data.dispose();
  return times.sort((a, b) => a - b);
}

const results = [];
for (const environment of [{}, { SEEDBED_KERNELS: 'wasm' }]) {
  const backend = await openBackend(environment);
  const times = await millisecondsAStep(backend);
  const median = times[times.length >> 1];
  results.push(median);
  const [least, most] = [times[0], times.at(-1)].map((time) => time.toFixed(2));
  console.log(
    `${backend.numericsClass}: ${median.toFixed(2)} ms of a core (${least} – ${most}, n = ${times.length})`,
  );
}
console.log(`${(results[1] / results[0]).toFixed(0)} times; ${cpus()[0]?.model}, Node ${process.version}`);
