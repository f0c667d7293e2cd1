/** Trials as rows: statistics over their seeds and what the comparison with the best says of them. */
import type {
  FieldKind,
  FieldValue,
  PlannedStage,
  RunSettings,
  StageSummary,
  TrialComparison,
  TrialSummary,
} from '@seedbed/contracts';
import { type Field, PARAMETERS, type Subject } from './field.js';

export interface TrialRow {
  readonly stage: Pick<StageSummary, 'stage' | 'kind'>;
  readonly trial: TrialSummary;
  readonly settings: RunSettings;
  /** Null until no run of the stage is missing. */
  readonly comparison: TrialComparison | null;
  /** From 1, by falling mean; null where it is not ranked. */
  readonly rank: number | null;
  readonly isChosen: boolean;
  readonly place: readonly [stage: number, trial: number];
}

/** @param stages planned stages in the order of the sweep file, each with its summary */
export function trialRows(
  stages: ReadonlyArray<{ readonly plan: PlannedStage; readonly summary: StageSummary }>,
): TrialRow[] {
  return stages.flatMap(({ plan, summary }, stagePlace) => {
    const settings = new Map(plan.trials.map((trial) => [trial.index, trial.settings]));
    const comparisons = new Map(summary.comparison?.trials.map((each) => [each.index, each]));
    const ranks = new Map(summary.ranking.map((index, place) => [index, place + 1]));
    return summary.trials.flatMap((trial): TrialRow[] => {
      const own = settings.get(trial.index);
      if (own === undefined) return [];
      return [
        {
          stage: summary,
          trial,
          settings: own,
          comparison: comparisons.get(trial.index) ?? null,
          rank: ranks.get(trial.index) ?? null,
          isChosen: summary.comparison?.chosen.trialIndex === trial.index,
          place: [stagePlace, trial.index],
        },
      ];
    });
  });
}

const field = (name: string, kind: FieldKind, read: (row: TrialRow) => FieldValue): Field<TrialRow> => ({
  name,
  kind,
  read,
});

const FIELDS: readonly Field<TrialRow>[] = [
  field('stage', 'text', ({ stage }) => stage.stage),
  field('kind', 'text', ({ stage }) => stage.kind),
  field('trial', 'number', ({ trial }) => trial.index),
  field('planned', 'number', ({ trial }) => trial.planned),
  field('n', 'number', ({ trial }) => trial.n),
  field('diverged', 'number', ({ trial }) => trial.diverged),
  field('missing', 'number', ({ trial }) => trial.missing),
  field('mean', 'number', ({ trial }) => trial.mean),
  field('sd', 'number', ({ trial }) => trial.standardDeviation),
  field('se', 'number', ({ trial }) => trial.standardError),
  field('low', 'number', ({ trial }) => trial.interval95?.[0] ?? null),
  field('high', 'number', ({ trial }) => trial.interval95?.[1] ?? null),
  field('testMean', 'number', ({ trial }) => trial.testMean),
  field('rank', 'number', ({ rank }) => rank),
  field('verdict', 'text', ({ comparison }) => comparison?.verdict ?? null),
  field('gap', 'number', ({ comparison }) => comparison?.gap ?? null),
  field('regretBound', 'number', ({ comparison }) => comparison?.regretBound ?? null),
  field('winShare', 'number', ({ comparison }) => comparison?.winShare ?? null),
  field('chosen', 'boolean', ({ isChosen }) => isChosen),
];

export const TRIALS: Subject<TrialRow> = {
  fields: FIELDS,
  main: 'mean',
  shown: ['stage', 'trial', PARAMETERS, 'n', 'mean', 'sd', 'low', 'high', 'verdict', 'regretBound'],
  parametersOf: ({ trial }) => trial.parameters,
  settingsOf: ({ settings }) => settings,
  placeOf: ({ place }) => place,
};
