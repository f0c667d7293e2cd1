/** Growing a planned stage by a round, taking it apart again, and the numbers of the decisions that come with rounds. Pure. */
import { TerminalError } from './errors.js';
import { type PlannedRound, type PlannedStage, type PlannedTrial } from './plan.js';

/** Decisions of one stage beyond its first; see `LIMITS.roundsPerStageMax`. */
const NUMBERS_PER_STAGE = 10_000;

/** How many later rounds a stage has had. */
export function roundsOf(stage: Pick<PlannedStage, 'rounds'>): number {
  return stage.rounds ?? 0;
}

/**
 * The stage with a further round in it; the stage itself is left as it is.
 *
 * @throws TerminalError when the round is not the next one, or does not fit to the stage's trials
 */
export function withRound(stage: PlannedStage, round: PlannedRound): PlannedStage {
  if (round.stage !== stage.stage || round.round !== roundsOf(stage) + 1) {
    throw new TerminalError(
      `round ${round.round} of stage "${round.stage}" does not follow round ${roundsOf(stage)} of "${stage.stage}"`,
    );
  }
  const trials = [...stage.trials];
  const placeOf = new Map(trials.map(({ index }, place) => [index, place]));
  for (const added of round.trials) {
    const place = placeOf.get(added.index);
    if (place === undefined) trials.push(newTrial(added, round, trials));
    else trials[place] = grownTrial(trials[place]!, added, round.round);
  }
  return { ...stage, trials, rounds: round.round };
}

function newTrial(added: PlannedTrial, { round, stage }: PlannedRound, trials: PlannedTrial[]): PlannedTrial {
  const last = trials.at(-1)?.index ?? -1;
  if (added.index <= last) {
    throw new TerminalError(`round ${round} of stage "${stage}" has a trial ${added.index} after ${last}`);
  }
  return { ...added, grown: [{ round, at: 0 }] };
}

function grownTrial(trial: PlannedTrial, added: PlannedTrial, round: number): PlannedTrial {
  return {
    ...trial,
    runs: [...trial.runs, ...added.runs],
    grown: [...(trial.grown ?? []), { round, at: trial.runs.length }],
  };
}

/** A trial's runs round by round, in order: what is cut into blocks, so that a block never grows. */
export function runsByRound({ runs, grown }: PlannedTrial): { round: number; runs: PlannedTrial['runs'] }[] {
  const starts = [{ round: 0, at: 0 }, ...(grown ?? [])];
  return starts
    .map(({ round, at }, place) => ({ round, runs: runs.slice(at, starts[place + 1]?.at) }))
    .filter((part) => part.runs.length > 0);
}

/** The stage as it was first planned, and each later round: what `withRound` puts together. */
export function apartByRound(stage: PlannedStage): {
  readonly first: PlannedStage;
  readonly rounds: PlannedRound[];
} {
  const { rounds: count, trials, ...rest } = stage;
  const first: PlannedTrial[] = [];
  const rounds = Array.from({ length: count ?? 0 }, (_, place): PlannedRound => {
    return { stage: stage.stage, round: place + 1, trials: [] };
  });
  for (const trial of trials) {
    const { grown: _grown, ...bare } = trial;
    for (const { round, runs } of runsByRound(trial)) {
      (round === 0 ? first : rounds[round - 1]!.trials).push({ ...bare, runs });
    }
  }
  return { first: { ...rest, trials: first }, rounds };
}

/**
 * The number of a decision: one of a whole stage without later rounds has the stage's place in the sweep, as ever; others
 * have numbers of their stage's own. So numbers depend neither on which stage completes first nor on later stages.
 *
 * @param decision.round for a round, the one decided on; for a whole stage, the rounds that it has had
 */
export function decisionNumberOf(decision: {
  readonly place: number;
  readonly round: number;
  readonly kind: 'round' | 'whole-stage';
}): number {
  const { place, round, kind } = decision;
  if (kind === 'whole-stage' && round === 0) return place;
  return NUMBERS_PER_STAGE * (place + 1) + 2 * round + (kind === 'round' ? 0 : 1);
}
