/** Plays the rounds of the chosen scenarios, several side by side, and keeps each round's history and verdict. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Profile } from './profiles.js';
import { ReferenceAnswers } from './reference-answers.js';
import { playRound } from './round.js';
import type { Scenario } from './scenario.js';
import type { SweepSize } from './sweeps.js';
import { sumVerdicts, type Verdict } from './verdict.js';

export interface CampaignOptions {
  /** Each with the number of its faults. */
  readonly plan: readonly { readonly scenario: Scenario; readonly faults: number }[];
  readonly profile: Profile;
  readonly seed: number;
  /** Systems side by side. */
  readonly cells: number;
  /** Histories and verdicts, by scenario. */
  readonly directory: string;
  /** Rounds whose verdict is there are not played again. */
  readonly resume: boolean;
  /** Loaded into coordinator and trainers, for the suite's test of itself. */
  readonly preload?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** In place of the scenarios' own size of sweeps. */
  readonly sweep?: SweepSize;
  /** Longest time for a sweep, in place of the profile's. */
  readonly sweepDeadlineMs?: number;
  readonly say: (text: string) => void;
}

export interface ScenarioVerdict {
  readonly scenario: Scenario;
  readonly verdict: Verdict;
}

interface Round {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly firstFault: number;
  readonly faults: number;
  readonly path: string;
}

export async function runCampaign(options: CampaignOptions): Promise<ScenarioVerdict[]> {
  const references = new ReferenceAnswers(options.profile);
  try {
    const plan = playable(options);
    const rounds = plan.flatMap(({ scenario, faults }) => roundsOf(scenario, faults, options));
    const verdicts = await playAll(rounds, options, references);
    return plan.map(({ scenario, faults }) => {
      const own = verdicts.filter(({ round }) => round.scenario === scenario).map(({ verdict }) => verdict);
      return { scenario, verdict: completed(scenario, faults, sumVerdicts(own)) };
    });
  } finally {
    await references.close();
  }
}

/** A scenario that this machine cannot play is named, not judged. */
function playable({ plan, say }: CampaignOptions): CampaignOptions['plan'] {
  return plan.filter(({ scenario }) => {
    const reason = scenario.skip?.() ?? null;
    if (reason !== null) say(`${scenario.name}: SKIPPED, ${reason}`);
    return reason === null;
  });
}

function roundsOf(scenario: Scenario, faults: number, options: CampaignOptions): Round[] {
  const { faultsPerRound, name } = scenario;
  const directory = join(options.directory, options.profile.name, name);
  if (!options.resume) rmSync(directory, { recursive: true, force: true });
  return Array.from({ length: Math.ceil(faults / faultsPerRound) }, (_, index) => {
    const firstFault = index * faultsPerRound;
    const seed = options.seed + index;
    const count = Math.min(faultsPerRound, faults - firstFault);
    return {
      scenario,
      seed,
      firstFault,
      faults: count,
      path: join(directory, `seed-${seed}-faults-${count}`),
    };
  });
}

async function playAll(
  rounds: readonly Round[],
  options: CampaignOptions,
  references: ReferenceAnswers,
): Promise<{ round: Round; verdict: Verdict }[]> {
  const played: { round: Round; verdict: Verdict }[] = [];
  const waiting = [...rounds];
  const cell = async () => {
    for (let round = waiting.shift(); round !== undefined; round = waiting.shift())
      played.push({ round, verdict: await playOrRead(round, options, references) });
  };
  await Promise.all(Array.from({ length: options.cells }, cell));
  return played;
}

async function playOrRead(
  round: Round,
  options: CampaignOptions,
  references: ReferenceAnswers,
): Promise<Verdict> {
  const verdictPath = `${round.path}.json`;
  if (options.resume && existsSync(verdictPath))
    return JSON.parse(readFileSync(verdictPath, 'utf8')) as Verdict;
  const historyPath = `${round.path}.jsonl`;
  mkdirSync(dirname(historyPath), { recursive: true });
  rmSync(historyPath, { force: true });
  writeFileSync(historyPath, '');
  const { profile, preload, environment, sweep, sweepDeadlineMs, say } = options;
  const verdict = await playRound({
    ...round,
    profile,
    historyPath,
    references,
    ...(preload === undefined ? {} : { preload }),
    ...(environment === undefined ? {} : { environment }),
    ...(sweep === undefined ? {} : { sweep }),
    ...(sweepDeadlineMs === undefined ? {} : { sweepDeadlineMs }),
  });
  writeFileSync(verdictPath, `${JSON.stringify(verdict)}\n`);
  const { name } = round.scenario;
  say(
    `${name}: seed ${round.seed}, ${round.faults} faults, ${verdict.committed} runs: ${outcomeOf(verdict)}`,
  );
  if (verdict.problems.length > 0) {
    say(`  again: npm run faults -- --scenario ${name} --seed ${round.seed} --count ${round.faults}`);
    say(`  history: ${historyPath}`);
  }
  return verdict;
}

function outcomeOf({ problems }: Verdict): string {
  return problems.length === 0 ? 'as promised' : `FAILED: ${problems.slice(0, 5).join('; ')}`;
}

/** Of what must have happened at least once after so many faults, what did not. */
export function unfelt(
  { expects = {} }: Pick<Scenario, 'expects'>,
  faults: number,
  verdict: Verdict,
): string[] {
  const counters = Object.entries(expects) as [keyof typeof expects, number][];
  return counters
    .filter(([counter, least]) => faults >= least && verdict[counter] === 0)
    .map(([counter]) => `"${counter}" is 0 after ${faults} faults: nobody felt them`);
}

/** What can only be told of all rounds: whether every kind of fault has hit. */
function completed(scenario: Scenario, faults: number, verdict: Verdict): Verdict {
  const total = Object.values(verdict.faults).reduce((sum, count) => sum + count, 0);
  const missing =
    faults < scenario.kinds.length ? [] : scenario.kinds.filter((kind) => !(kind in verdict.faults));
  const problems = [
    ...verdict.problems,
    ...(total < faults ? [`${total} of ${faults} faults were injected`] : []),
    ...missing.map((kind) => `fault "${kind}" never hit`),
    ...unfelt(scenario, faults, verdict),
    ...(scenario.demand?.(verdict) ?? []),
  ];
  return { ...verdict, problems };
}
