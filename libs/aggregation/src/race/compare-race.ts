/** The comparison of a raced stage: the same statements as of any other, with what the looks have spent allowed for. */
import { type StageComparison, type TrialSummary, type Verdict } from '@seedbed/contracts';
import { asGiven, describeSpread, imagesOf, type Sampling } from '../compare-stage.js';
import { CONFIDENCE } from '../mean-interval.js';
import { signOf } from '../ranking.js';
import { redraw } from '../redraw.js';
import { winnerInterval95 } from '../winner-interval.js';
import { isWithin, judgeRace, type RaceSettings } from './judge-race.js';
import { type RaceLook } from './race-looks.js';
import { raceRowOf } from './race-rows.js';
import { type RaceStanding } from './race-standings.js';

/**
 * @param trials of the stage, none of them with a missing run
 * @returns null when no trial is left to choose
 */
export function compareRace(
  trials: readonly TrialSummary[],
  settings: RaceSettings & Sampling,
): StageComparison | null {
  const sign = signOf(settings.goal);
  const rows = trials.map((trial) => raceRowOf(trial, sign));
  const { looks, standings, chosen, end } = judgeRace(rows, settings);
  if (chosen === null) return null;
  const { delta, rule } = settings;
  const last = looks.at(-1)!;
  const { count, winShares } = redraw(last.rows);
  const best = standings.find(({ isExcluded }) => !isExcluded)!;
  const trialOf = new Map(trials.map((trial) => [trial.index, trial]));
  const { mean, standardError } = trialOf.get(chosen.index)!;
  return {
    method: 'multiple-comparisons-with-the-best',
    confidence: CONFIDENCE,
    ...{ delta, seeds: last.seeds },
    chosen: {
      trialIndex: chosen.index,
      rule,
      interval95: asGiven(raceWinnerInterval95(chosen, looks), sign),
    },
    trials: standings.map((standing) => ({
      index: standing.index,
      verdict: verdictOf(standing, standing === best, delta),
      gap: standing.gap,
      regretBound: standing.bound,
      // Trials that dropped out have not the seeds that are drawn.
      winShare: winShares[last.positionOf.get(standing.index) ?? -1] ?? 0,
    })),
    spread: last.halfWidths === null ? null : describeSpread(last.rows, last.spread),
    race: { looks: looks.map((look) => describeLook(look)), end },
    redraws: count,
    // A race that is over has looked as far ahead as it may.
    moreSeeds: [],
    images:
      settings.overlap > 0
        ? null
        : imagesOf(
            standings.map(({ index }) => trialOf.get(index)!),
            { mean: mean!, standardError },
          ),
  };
}

function verdictOf(standing: RaceStanding, isBest: boolean, delta: number | null): Verdict {
  if (isBest) return 'best';
  if (standing.isExcluded) return 'excluded';
  return isWithin(delta, standing) ? 'equivalent' : 'unresolved';
}

function describeLook({ seeds, errorShare, rows }: RaceLook) {
  return { seeds, trials: rows.length, error: (1 - CONFIDENCE) * errorShare };
}

/**
 * The interval of the chosen trial's mean, at the look that it was last in. Each look may miss with its part of the 5 %, and
 * at each the luckiest of all trials that began is allowed for on both sides, so it covers with at least 95 % whenever the
 * race ended.
 */
export function raceWinnerInterval95(
  { index, look }: RaceStanding,
  looks: readonly RaceLook[],
): [number, number] | null {
  const { rows, spread, positionOf, errorShare } = looks[look]!;
  return winnerInterval95(rows, spread, {
    position: positionOf.get(index)!,
    isPlainHighest: false,
    error: (1 - CONFIDENCE) * errorShare,
  });
}
