// `npm run coverage`: whether what Seedbed says about results is true, in simulated sweeps whose truth is known. Prints a
// table; docs/statistics.md says what its columns mean.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bankWorld, normalWorld, simulateCoverage } from '@seedbed/aggregation';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';
import { table, writeSection } from './document.mjs';

const USAGE = `usage: npm run coverage -- [options]
  --sweeps N      simulated sweeps for each line (default 10000; 10,000 take about two minutes)
  --seeds LIST    numbers of seeds (default 3,5,10,20,30)
  --delta D       the difference that matters (default 0.005)
  --write-docs    also write the table into docs/statistics.md
`;

const { values: options } = parseArgs({
  options: {
    sweeps: { type: 'string', default: '10000' },
    seeds: { type: 'string', default: '3,5,10,20,30' },
    delta: { type: 'string', default: '0.005' },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** @returns {import('@seedbed/aggregation').World[]} */
function worlds() {
  const bank = JSON.parse(readFileSync(join(repositoryRoot, 'bench/bank/coarse-60-seeds.json'), 'utf8'));
  /** @type {number[][]} */
  const correct = bank.trials.map((/** @type {{correct: number[]}} */ { correct }) => correct);
  // Means as a coarse search has them; spreads as measured there.
  const ladder = [0.5247, 0.5234, 0.5223, 0.5215, 0.5208, 0.5204, 0.5196, 0.49, 0.42, 0.33];
  const normal = { seedEffect: 0.003, residual: 0.003 };
  return [
    bankWorld('bank: real results', { count: bank.count, correct }),
    normalWorld({ name: 'normal: a coarse search', truth: ladder, ...normal }),
    normalWorld({ name: 'normal: all ten equal', truth: Array(10).fill(0.52), ...normal }),
  ];
}

/** @param {number} share */
const percent = (share) => (100 * share).toFixed(1);

const COLUMNS = /** @type {const} */ ([
  'interval',
  'intervalWithNormalQuantile',
  'winnerNaive',
  'winner',
  'bestKept',
  'boundsHold',
  'equivalentIsTrue',
  'worseDropped',
]);
const HEADERS = [
  'results',
  'n',
  'interval',
  'with z for t',
  'winner, naive',
  'winner',
  'best kept',
  'bounds hold',
  'equivalent is true',
  'worse than δ dropped',
];

if (options.help) process.stdout.write(USAGE);
else await main();

async function main() {
  const sweeps = Number(options.sweeps);
  const delta = Number(options.delta);
  const seedCounts = options.seeds.split(',').map(Number);
  if (![sweeps, ...seedCounts].every((each) => Number.isInteger(each) && each > 1) || !(delta > 0)) {
    throw new RangeError(`--sweeps and --seeds are whole numbers above 1, --delta is above 0\n${USAGE}`);
  }
  const rows = [];
  for (const world of worlds()) {
    for (const seeds of seedCounts) {
      const found = simulateCoverage(world, { seeds, sweeps, delta, generatorSeed: 7 });
      rows.push([world.name, String(seeds), ...COLUMNS.map((column) => percent(found[column]))]);
      process.stderr.write(`${world.name}, ${seeds} seeds\n`);
    }
  }
  const text = [
    `Percent of ${sweeps} simulated sweeps (a true 95 % comes out within ±${percent(3.2 * Math.sqrt((0.95 * 0.05) / sweeps))}); δ = ${delta}.`,
    '',
    table(HEADERS, rows),
  ].join('\n');
  process.stdout.write(`${text}\n`);
  if (options['write-docs']) await writeSection('coverage', text, 'statistics.md');
}
