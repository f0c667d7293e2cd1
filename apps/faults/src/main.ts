/** `npm run faults`: see README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { baselineText, runBaseline } from './baseline/run-baseline.js';
import { runCampaign } from './campaign.js';
import { removeGuards } from './mutate.js';
import { PROFILES, type ProfileName } from './profiles.js';
import { reportOf } from './report.js';
import { SCENARIOS } from './scenarios/index.js';

const USAGE = `usage: npm run faults -- [options]
  (none)            every scenario with its full count
  --scenario NAME   this one only (several times for several)
  --count N         faults of each scenario in place of the full count
  --seed S          the first round's seed; a failing round prints its own (default 1)
  --profile NAME    fast (short runs, short locks; the default) or real (real training, default locks)
  --cells N         systems side by side (default: one per core)
  --resume          keep the verdicts of rounds that were played already
  --mutate          removes each guard in turn; red when the suite does not notice
  --baseline        what the same faults do to plain BullMQ at its defaults (five minutes, mostly waiting)
  --list            the scenarios, their counts and what they are estimated to take
`;

const OUTPUT = resolve(__dirname, '..', '..', '..', 'out', 'faults');

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', multiple: true, default: [] },
      count: { type: 'string' },
      seed: { type: 'string', default: '1' },
      profile: { type: 'string', default: 'fast' },
      cells: { type: 'string' },
      resume: { type: 'boolean', default: false },
      mutate: { type: 'boolean', default: false },
      baseline: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const chosen = SCENARIOS.filter(
    ({ name }) => values.scenario.length === 0 || values.scenario.includes(name),
  );
  const unknown = values.scenario.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario "${unknown.join('", "')}"; see --list`);
  const profile = PROFILES[values.profile as ProfileName];
  if (profile === undefined) throw new Error(`--profile "${values.profile}" is none of fast, real`);
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const seed = whole('--seed', values.seed);
  if (values.mutate) {
    const unnoticed = await removeGuards({ profile, seed, directory: OUTPUT, say });
    return unnoticed.length === 0 ? 0 : 1;
  }
  if (values.baseline) {
    process.stdout.write(baselineText(await runBaseline({ directory: OUTPUT, seed, say })));
    return 0;
  }
  const cells = values.cells === undefined ? availableParallelism() : whole('--cells', values.cells);
  const count = values.count === undefined ? null : whole('--count', values.count);
  const plan = chosen.map((scenario) => ({ scenario, faults: count ?? scenario.counts.full }));
  const estimate =
    plan.reduce((sum, { scenario, faults }) => sum + faults * scenario.secondsPerFault, 0) / cells;
  for (const { scenario, faults } of plan)
    process.stdout.write(`${scenario.name.padEnd(24)} ${String(faults).padStart(5)}  ${scenario.summary}\n`);
  process.stdout.write(`about ${Math.ceil(estimate / 60)} minutes with ${cells} systems side by side\n\n`);
  if (values.list) return 0;
  const results = await runCampaign({
    plan,
    profile,
    seed,
    cells,
    directory: OUTPUT,
    resume: values.resume,
    say,
  });
  process.stdout.write(reportOf(results));
  mkdirSync(OUTPUT, { recursive: true });
  const facts = results.map(({ scenario, verdict }) => ({ scenario: scenario.name, ...verdict }));
  writeFileSync(join(OUTPUT, 'verdict.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return results.every(({ verdict }) => verdict.problems.length === 0) ? 0 : 1;
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${option} "${text}" is no whole number above 0`);
  return value;
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    process.stderr.write(`faults: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
