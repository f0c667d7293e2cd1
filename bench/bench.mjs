// `npm run bench`: see bench/README.md. Prints a table to standard output and what it is doing to standard error.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from '../tools/bootstrap/setup.mjs';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';
import { runBfloat16Bench } from './bfloat16-bench.mjs';
import { PACK_NETWORKS } from './contenders.mjs';
import { writeSection } from './document.mjs';
import { runLoadBench } from './load-bench.mjs';
import { runMemoryBench } from './memory-bench.mjs';
import { openPeers } from './peers/peers.mjs';
import {
  bfloat16Section,
  loadSection,
  memorySection,
  peersSection,
  priceSection,
  scalingSection,
  tableSection,
  trainingSection,
  withoutPeers,
} from './sections.mjs';
import { writeSpeedPlot } from './speed-plot.mjs';
import { SIZES } from './sizes.mjs';
import { runPriceBench } from './price-bench.mjs';
import { runScalingBench } from './scaling-bench.mjs';
import { runTableBench } from './table-bench.mjs';
import { runTrainingBench } from './training-bench.mjs';

const USAGE = `usage: npm run bench -- [options]
  (none)          the engine, one-at-a-time tfjs-node, the machine's peak, and the whole system
  --peers         the same with PyTorch, JAX, Optuna and Ray Tune beside it (fetches them into the cache)
  --table         throughput by pack size, hidden units and batch size
  --memory        memory of a training child over repeated sweeps
                  (--sweeps N, 100 by default; --images N, 50000; --networks N in a pack, 25)
  --load          many trainers without training against the coordinator and the server
  --price         what commits and all else of a supervisor cost of a trainer's processor time
  --scaling       the same sweep by 1, 2 and 4 trainers with half a core each
  --bfloat16      what bfloat16 products would bring, and how far they are off
  --quick         a small run of any of these
  --smallest      the smallest run that shows every part at work; its numbers mean nothing
  --output FILE   where the numbers go (default: out/bench/<name>.json)
  --write-docs    also write the printed section into docs/benchmarks.md, and the picture of the speeds
`;

const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    load: { type: 'boolean', default: false },
    price: { type: 'boolean', default: false },
    scaling: { type: 'boolean', default: false },
    bfloat16: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    smallest: { type: 'boolean', default: false },
    sweeps: { type: 'string', default: '100' },
    images: { type: 'string', default: '50000' },
    networks: { type: 'string', default: String(PACK_NETWORKS) },
    output: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (/** @type {string} */ text) => void process.stderr.write(`bench: ${text}\n`);

/** @returns {Promise<{name: string, result: object, sections: Partial<Record<string, string>>}>} */
async function run() {
  const sizeName = options.smallest ? 'smallest' : options.quick ? 'quick' : 'full';
  const size = SIZES[sizeName];
  if (options.table) {
    const result = await runTableBench({ sizeName, size, say });
    return { name: 'table', result, sections: { table: tableSection(result) } };
  }
  if (options.memory) {
    const result = await runMemoryBench({
      sweeps: Number(options.sweeps),
      images: Number(options.images),
      networks: Number(options.networks),
      say,
    });
    return { name: 'memory', result, sections: { memory: memorySection(result) } };
  }
  if (options.load) {
    const result = await runLoadBench({ sizeName, say });
    return { name: 'load', result, sections: { load: loadSection(result) } };
  }
  if (options.price) {
    const result = await runPriceBench({ sizeName, say });
    return { name: 'price', result, sections: { price: priceSection(result) } };
  }
  if (options.scaling) {
    const result = await runScalingBench({ sizeName, say });
    // Nothing is written over a measurement where there is none.
    if ('skipped' in result) process.stdout.write(`SKIPPED: scaling: ${result.skipped}\n`);
    const sections = 'skipped' in result ? {} : { scaling: scalingSection(result) };
    return { name: 'scaling', result, sections };
  }
  if (options.bfloat16) {
    const result = await runBfloat16Bench({ sizeName, size, say });
    return { name: 'bfloat16', result, sections: { bfloat16: bfloat16Section(result) } };
  }
  const peers = options.peers ? await openPeers({ size, say }) : null;
  try {
    const result = await runTrainingBench({ sizeName, size, peers, say });
    const own = { training: trainingSection(withoutPeers(result)) };
    const sections = peers ? { ...own, peers: peersSection(result) } : own;
    return { name: 'training', result, sections };
  } finally {
    peers?.close();
  }
}

if (options.help) process.stdout.write(USAGE);
else {
  await setup();
  const { name, result, sections } = await run();
  const output = options.output ?? join(repositoryRoot, 'out', 'bench', `${name}.json`);
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, `${JSON.stringify(result, null, 2)}\n`);
  for (const [section, text] of Object.entries(sections)) {
    if (text === undefined) continue;
    process.stdout.write(`${text}\n`);
    if (options['write-docs']) await writeSection(section, text);
  }
  if (options['write-docs'] && name === 'training') writeSpeedPlot(/** @type {any} */ (result));
  say(`wrote ${output}`);
}
