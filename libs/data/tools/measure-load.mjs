// Prints how long loading takes and what it costs in memory: node libs/data/tools/measure-load.mjs [training images]
// Needs a build (npx tsc -b libs/data).
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { CIFAR10_DIGEST, ensureCifar10, loadFirstSamples, loadSplit } from '../dist/index.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { shuffled: { type: 'boolean' }, samples: { type: 'boolean' }, verify: { type: 'boolean' } },
});
const trainCount = Number(positionals[0] ?? 45_000);
const settings = {
  set: 'cifar10',
  digest: CIFAR10_DIGEST,
  train: { first: 0, count: trainCount },
  validation: { first: trainCount, count: 50_000 - trainCount },
  order: values.shuffled ? { kind: 'shuffled', dataSeed: 1 } : { kind: 'file' },
};

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
const before = process.memoryUsage().rss;
const started = performance.now();
const files = await ensureCifar10({ verify: values.verify ?? false });
const checked = performance.now();
const loaded = values.samples
  ? await loadFirstSamples(files, settings, 20)
  : await loadSplit(files, settings);
const finished = performance.now();

const results = values.samples ? [loaded] : [loaded.train, loaded.validation];
const resultBytes = results.reduce((total, { count, inputCount }) => total + count * (inputCount + 1), 0);
// maxRSS is in kilobytes.
const peak = process.resourceUsage().maxRSS * 1024;
console.log(`${cpus()[0]?.model}, Node ${process.version}, ${trainCount} training images`);
console.log(`check ${Math.round(checked - started)} ms, load ${Math.round(finished - checked)} ms`);
console.log(
  `result ${megabytes(resultBytes)}, peak resident ${megabytes(peak)} ` +
    `(${megabytes(before)} before, ${megabytes(peak - before - resultBytes)} beside the result)`,
);
