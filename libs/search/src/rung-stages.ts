/**
 * A pruned stage is planned as several: a rung for each comparison on the way, and the stage itself for those that are left.
 * Each rung waits for the decision of the one before, as any stage waits for what it derives from, so that pruning needs
 * nothing of its own to be durable and to be replayed.
 */
import { type PruningRule, type Rung, type RunSettings, type SweepSpec } from '@seedbed/contracts';
import { dependenciesOf, preflightStagesOf, type SearchStage, searchStagesOf } from './search-stages.js';

const FACTOR_DEFAULT = 3;

export interface PlannableStage {
  /** `<stage>-rung-<number>` for a rung. */
  readonly name: string;
  readonly stage: SearchStage;
  /** Null for a stage's own runs, which train to the end. */
  readonly rung: Rung | null;
  /** The rungs that were before this one, in order: their decisions say which trials are left. */
  readonly earlierRungs: readonly Rung[];
  /** Stages whose decisions are needed before this one can be planned. */
  readonly dependsOn: readonly string[];
}

/** In the order in which they run. */
export function plannableStagesOf(spec: SweepSpec): PlannableStage[] {
  return searchStagesOf(spec).flatMap((stage) => {
    const rungs = rungsOf(spec, stage);
    return [...rungs, null].map((rung, place): PlannableStage => {
      const earlierRungs = rungs.slice(0, place);
      return {
        name: rung === null ? stage.name : rungStageName(rung),
        ...{ stage, rung, earlierRungs },
        dependsOn: [...dependenciesOf(stage), ...earlierRungs.slice(-1).map(rungStageName)],
      };
    });
  });
}

/** A stage's own pruning, or the sweep's. */
export function rungsOf(spec: SweepSpec, stage: SearchStage): Rung[] {
  const pruning = stage.overrides.pruning ?? spec.pruning;
  if (pruning === undefined) return [];
  const rule: PruningRule =
    pruning.kind === 'median'
      ? { kind: 'median' }
      : { kind: 'successive-halving', factor: pruning.factor ?? FACTOR_DEFAULT };
  return pruning.rungs.map((until, index) => ({ of: stage.name, number: index + 1, until, rule }));
}

export function rungStageName({ of, number }: Pick<Rung, 'of' | 'number'>): string {
  return `${of}-rung-${number}`;
}

/** Names of all stages in the order in which they run, the preflight first. */
export function stageNames(spec: SweepSpec): string[] {
  return [...preflightStagesOf(spec), ...plannableStagesOf(spec)].map(({ name }) => name);
}

/** Stage → the earlier stages whose decisions it takes values or trials from. A preflight is no dependency: it holds back all. */
export function stageDependencies(spec: SweepSpec): ReadonlyMap<string, readonly string[]> {
  const dependencies = new Map<string, readonly string[]>(
    preflightStagesOf(spec).map(({ name }) => [name, []]),
  );
  for (const { name, dependsOn } of plannableStagesOf(spec)) dependencies.set(name, dependsOn);
  return dependencies;
}

/** The beginning of a run, as far as its rung. Only those that train to the end look at the test set. */
export function settingsUpTo(settings: RunSettings, { until }: Rung): RunSettings {
  // A sweep file that asks for it elsewhere is refused.
  if (settings.task !== 'train') throw new TypeError(`runs of task ${settings.task} have no rungs`);
  const { training, evaluation } = settings;
  return { ...settings, training: { ...training, until }, evaluation: { ...evaluation, test: false } };
}
