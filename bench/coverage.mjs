// `npm run coverage`: whether what Seedbed says about results is true, in simulated sweeps whose truth is known, and what
// racing saves there. Prints two tables; docs/statistics.md says what their columns mean.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  bankWorld,
  finiteBankWorld,
  normalWorld,
  simulateCoverage,
  simulateRaces,
} from '@seedbed/aggregation';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';
import { table, writeSection } from './document.mjs';

const USAGE = `usage: npm run coverage -- [options]
  --sweeps N      simulated sweeps for each line (default 10000; 10,000 take about five minutes)
  --seeds LIST    numbers of seeds (default 3,5,10,20,30)
  --delta D       the difference that matters (default 0.005)
  --looks LIST    seeds after which races are judged (default 3,6,12,24)
  --race-deltas LIST  differences that matter to races (default 0.005,0.01)
  --write-docs    also write the tables into docs/statistics.md
`;
/** The grid that races are measured against: seeds of every trial. */
const FULL_SEEDS = 30;

const { values: options } = parseArgs({
  options: {
    sweeps: { type: 'string', default: '10000' },
    seeds: { type: 'string', default: '3,5,10,20,30' },
    delta: { type: 'string', default: '0.005' },
    looks: { type: 'string', default: '3,6,12,24' },
    'race-deltas': { type: 'string', default: '0.005,0.01' },
    'write-docs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

// Means as a coarse search has them; spreads as measured there.
const LADDER = [0.5247, 0.5234, 0.5223, 0.5215, 0.5208, 0.5204, 0.5196, 0.49, 0.42, 0.33];
const NORMAL = { seedEffect: 0.003, residual: 0.003 };
const COARSE = normalWorld({ name: 'normal: a coarse search', truth: LADDER, ...NORMAL });
const EQUAL = normalWorld({ name: 'normal: all ten equal', truth: Array(10).fill(0.52), ...NORMAL });
/** The best is ahead by what two looks can tell, so that the race drops many by luck. */
const EDGE = normalWorld({
  name: 'normal: one ahead by 0.7 points',
  truth: [0.527, ...Array(9).fill(0.52)],
  ...NORMAL,
});

/** @returns {import('@seedbed/aggregation').ResultsBank} */
function bank() {
  const { count, trials } = JSON.parse(
    readFileSync(join(repositoryRoot, 'bench/bank/coarse-60-seeds.json'), 'utf8'),
  );
  return { count, correct: trials.map((/** @type {{correct: number[]}} */ { correct }) => correct) };
}

/** @param {number} share */
const percent = (share) => (100 * share).toFixed(1);

/** What a table says of each statement that it judges. @type {[keyof import('@seedbed/aggregation').Coverage, string][]} */
const STATEMENTS = [
  ['interval', 'interval'],
  ['intervalWithNormalQuantile', 'with z for t'],
  ['winnerNaive', 'winner, naive'],
  ['winner', 'winner'],
  ['bestKept', 'best kept'],
  ['boundsHold', 'bounds hold'],
  ['equivalentIsTrue', 'equivalent is true'],
  ['worseDropped', 'worse than δ dropped'],
];
/** @type {[keyof import('@seedbed/aggregation').RaceCoverage, string][]} */
const RACE_STATEMENTS = [
  ['interval', 'interval'],
  ['intervalOfWorst', 'of the worst trial'],
  ['winnerNaive', 'winner, naive'],
  ['winner', 'winner'],
  ['bestKept', 'best kept'],
  ['boundsHold', 'bounds hold'],
  ['equivalentIsTrue', 'equivalent is true'],
  ['worseDropped', 'worse than δ dropped'],
  ['choiceWithinDelta', 'choice within δ'],
  ['endedEarly', 'ended early'],
];
const GOALS = /** @type {const} */ (['every-trial', 'choice']);

/**
 * @param {number} sweeps
 * @param {readonly number[]} seedCounts
 */
function coverageTable(sweeps, seedCounts) {
  const delta = Number(options.delta);
  const worlds = [
    bankWorld('bank: drawn with repetition', bank()),
    finiteBankWorld('bank: no seed twice', bank()),
    COARSE,
    EQUAL,
  ];
  const rows = worlds.flatMap((world) =>
    seedCounts.map((seeds) => {
      const found = simulateCoverage(world, { seeds, sweeps, delta, generatorSeed: 7 });
      process.stderr.write(`${world.name}, ${seeds} seeds\n`);
      return [world.name, String(seeds), ...STATEMENTS.map(([key]) => percent(Number(found[key])))];
    }),
  );
  const within = percent(3.2 * Math.sqrt((0.95 * 0.05) / sweeps));
  return [
    `Percent of ${sweeps} simulated sweeps (a true 95 % comes out within ±${within}); δ = ${delta}.`,
    '',
    table(['results', 'n', ...STATEMENTS.map(([, header]) => header)], rows),
  ].join('\n');
}

/**
 * @param {number} sweeps
 * @param {readonly number[]} looks
 * @param {readonly number[]} deltas
 */
function raceTable(sweeps, looks, deltas) {
  const worlds = [bankWorld('bank: drawn with repetition', bank()), COARSE, EQUAL, EDGE];
  const rows = worlds.flatMap((world) =>
    deltas.flatMap((delta) =>
      GOALS.map((until) => {
        const found = simulateRaces(world, { looks, until, delta, sweeps, generatorSeed: 7 });
        process.stderr.write(`race: ${world.name}, δ = ${delta}, until ${until}\n`);
        return [
          ...[world.name, String(delta), until],
          ...RACE_STATEMENTS.map(([key]) => percent(Number(found[key]))),
          found.runs.toFixed(0),
          `${percent(found.runs / (FULL_SEEDS * world.truth.length))} %`,
        ];
      }),
    ),
  );
  return [
    `Percent of ${sweeps} simulated races with looks at ${looks.join(', ')} seeds; runs on average, and as a share of ${FULL_SEEDS} seeds for every trial.`,
    '',
    table(
      ['results', 'δ', 'until', ...RACE_STATEMENTS.map(([, header]) => header), 'runs', 'of the full grid'],
      rows,
    ),
  ].join('\n');
}

async function main() {
  const sweeps = Number(options.sweeps);
  const [seedCounts, looks] = [options.seeds, options.looks].map((list) => list.split(',').map(Number));
  const deltas = options['race-deltas'].split(',').map(Number);
  const counts = [sweeps, ...(seedCounts ?? []), ...(looks ?? [])];
  if (
    !counts.every((each) => Number.isInteger(each) && each > 1) ||
    ![Number(options.delta), ...deltas].every((delta) => delta > 0)
  ) {
    throw new RangeError(`numbers of sweeps and seeds are whole and above 1, δ is above 0\n${USAGE}`);
  }
  for (const [section, text] of [
    ['coverage', coverageTable(sweeps, seedCounts ?? [])],
    ['races', raceTable(sweeps, looks ?? [], deltas)],
  ]) {
    process.stdout.write(`${text}\n\n`);
    if (options['write-docs']) await writeSection(section ?? '', text ?? '', 'statistics.md');
  }
}

if (options.help) process.stdout.write(USAGE);
else await main();
