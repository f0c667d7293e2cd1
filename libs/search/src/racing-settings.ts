/** What a sweep file says about racing over seeds: the looks, and what ends the race. */
import { type InputProblem, type RacingPolicy, type SweepSpec } from '@seedbed/contracts';
import { type SearchStage } from './search-stages.js';
import { type SourcePath, valueAt } from './source-path.js';
import { stageSeedsOf } from './stage-settings.js';
import { problemAt, type SweepSource } from './sweep-source.js';

/** Two seeds say next to nothing about a spread. */
const FIRST_LOOK = 3;
/** A look that adds less than half as many seeds again takes its share of the error for little. */
const LAST_STEP_MIN = 1.5;

/** Null where every trial gets the same seeds. A stage's own racing, or the sweep's. */
export function racingOf(spec: SweepSpec, stage: SearchStage): RacingPolicy | null {
  const racing = stage.overrides.racing ?? spec.racing;
  if (racing === undefined) return null;
  const looks = racing.looks ?? looksUpTo(stageSeedsOf(spec, stage).length);
  return { looks, until: racing.until ?? 'every-trial' };
}

/** 3, 6, 12, 24 … and the number of seeds. */
function looksUpTo(seeds: number): number[] {
  const looks: number[] = [];
  for (let look = FIRST_LOOK; look * LAST_STEP_MIN <= seeds; look *= 2) looks.push(look);
  return [...looks, seeds];
}

/** The seeds that a stage is planned with at first; the rest come in rounds. */
export function firstSeedsOf(spec: SweepSpec, stage: SearchStage): number[] {
  return stageSeedsOf(spec, stage).slice(0, racingOf(spec, stage)?.looks[0]);
}

interface RacedStage {
  readonly source: SweepSource;
  readonly spec: SweepSpec;
  readonly stage: SearchStage;
}

export function racingProblems({ source, spec, stage }: RacedStage): InputProblem[] {
  const policy = racingOf(spec, stage);
  if (policy === null) return [];
  const own: SourcePath = [...stage.path, 'racing'];
  const path = valueAt(source.value, own) === undefined ? ['racing'] : own;
  const seeds = stageSeedsOf(spec, stage).length;
  const { looks } = policy;
  if (looks.length < 2) {
    const message = `a race needs at least 5 seeds, of which it gives 3 at first; found ${seeds}`;
    return [problemAt(source, path, message)];
  }
  const fallen = looks.findIndex((look, index) => index > 0 && look <= looks[index - 1]!);
  if (fallen > 0) {
    const message = `found ${looks[fallen]} after ${looks[fallen - 1]}; looks rise`;
    return [problemAt(source, [...path, 'looks', fallen], message)];
  }
  if (looks.at(-1) === seeds) return [];
  const message = `the last look is at ${looks.at(-1)} seeds, but stage ${stage.name} has ${seeds}; give both the same`;
  return [problemAt(source, [...path, 'looks'], message)];
}
