import {
  type AnswerSettings,
  type PlannedStage,
  type RaceDecision,
  type StageSummary,
} from '@seedbed/contracts';
import { samplingOf } from '../compare-stage.js';
import { signOf } from '../ranking.js';
import { isWithin, type JudgedRace, judgeRace } from './judge-race.js';
import { raceRowOf } from './race-rows.js';

/**
 * What follows from the seeds that a raced stage has so far: who gets how many more, who has dropped out and why, and
 * whether the race is over. A pure function of the plan and the results, so a restart decides the same again, at any scale.
 *
 * @param stage as planned in all rounds so far
 * @param summary of its runs
 * @returns null while a run is missing
 * @throws RangeError when the stage is not raced
 */
export function decideRound(
  stage: Pick<PlannedStage, 'trials'>,
  summary: StageSummary,
  { delta, rule, racing }: AnswerSettings,
): RaceDecision | null {
  if (racing == null) throw new RangeError(`stage "${summary.stage}" is not raced`);
  if (summary.planned !== summary.committed) return null;
  const { goal, overlap } = samplingOf(stage);
  const rows = summary.trials.map((trial) => raceRowOf(trial, signOf(goal)));
  const judged = judgeRace(rows, { delta, rule, racing, overlap });
  const look = Math.max(0, judged.looks.length - 1);
  return {
    look,
    seeds: racing.looks[look]!,
    nextSeeds: judged.end === null ? racing.looks[look + 1]! : null,
    end: judged.end,
    ...listsOf(summary, judged, delta),
  };
}

type List = 'racing' | 'excluded' | 'equivalent' | 'unresolved' | 'notCompared';

function listsOf(
  { trials }: StageSummary,
  { standings, racing }: JudgedRace,
  delta: number | null,
): Record<List, number[]> {
  const standingOf = new Map(standings.map((standing) => [standing.index, standing]));
  const listOf = (index: number): List => {
    const standing = standingOf.get(index);
    if (standing === undefined) return 'notCompared';
    if (standing.isExcluded) return 'excluded';
    if (racing.has(index)) return 'racing';
    return isWithin(delta, standing) ? 'equivalent' : 'unresolved';
  };
  const lists: Record<List, number[]> = {
    racing: [],
    excluded: [],
    equivalent: [],
    unresolved: [],
    notCompared: [],
  };
  for (const { index } of trials) lists[listOf(index)].push(index);
  return lists;
}
