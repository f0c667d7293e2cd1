/** Parts of the reproduction that can be run alone, and the sweep that each one needs. */
import type { SweepSpec } from '@seedbed/contracts';
import { stageDependencies } from '@seedbed/search';
import { REPRODUCTION_STAGES } from '@seedbed/report';
import { FailedError } from '../errors.js';
import type { PartName } from './part-names.js';

/** Stages that a person means by a part; what they derive from is added. */
const STAGES_OF_PART: Readonly<Record<PartName, readonly string[]>> = {
  'gradient-check': [],
  figures: [REPRODUCTION_STAGES.figure2, REPRODUCTION_STAGES.figure3],
  coarse: [REPRODUCTION_STAGES.coarse],
  fine: [REPRODUCTION_STAGES.fine],
  final: [REPRODUCTION_STAGES.final, REPRODUCTION_STAGES.finalAtReportLambda],
};

/**
 * The gradient check holds back the stages of a sweep, so a sweep must have one: a single step of a single network,
 * which takes less time than the check.
 */
const CANARY = {
  name: 'canary',
  seeds: 1,
  training: { schedule: { kind: 'constant', learningRate: 0.001, steps: 1 } },
  evaluation: { cadence: 'end', train: false, test: false },
} as const;

export interface PartSpec {
  readonly spec: SweepSpec;
  /** What is trained beyond the part itself, and why; null when nothing is. */
  readonly note: string | null;
}

/** The sweep of one part: the same settings, hence the same runs, as in the whole reproduction. */
export function specOfPart(whole: SweepSpec, part: PartName): PartSpec {
  const { preflight, stages = [], ...shared } = whole;
  const name = `${whole.name}-${part}`;
  if (part === 'gradient-check') {
    if (preflight === undefined) throw new FailedError('the reproduction has no gradient check');
    return {
      spec: { ...shared, name, preflight, stages: [CANARY] },
      note: 'a sweep needs a stage to hold back, so one network takes one step after the gradient check',
    };
  }
  const asked = STAGES_OF_PART[part];
  const needed = withDependencies(asked, stageDependencies(whole));
  const kept = stages.filter((stage) => needed.has(stage.name));
  const added = kept.map((stage) => stage.name).filter((stage) => !asked.includes(stage));
  return {
    spec: { ...shared, name, stages: kept },
    note:
      added.length === 0
        ? null
        : `${part} takes its λ from the best of ${added.join(', ')}, which runs first`,
  };
}

function withDependencies(
  names: readonly string[],
  dependencies: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const dependency of dependencies.get(name) ?? []) add(dependency);
  };
  for (const name of names) add(name);
  return needed;
}
