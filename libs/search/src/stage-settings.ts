/** The settings of a stage: its own, over the sweep's, over the defaults. */
import {
  type DataSettings,
  type EvaluationSettings,
  type ModelSettings,
  type SweepSpec,
  type TrainSettings,
} from '@seedbed/contracts';
import { seedsOf, SEEDS_DEFAULT } from './seeds.js';
import { type SearchStage } from './search-stages.js';

/** Everything of a run's settings that a sweep file decides, before a trial's parameters and a seed are put in. */
export interface StageSettings {
  readonly data: Omit<DataSettings, 'digest'>;
  readonly model: ModelSettings;
  readonly training: TrainSettings['training'];
  readonly evaluation: EvaluationSettings;
}

/** CIFAR-10's training files: five of 10,000 images. */
export const TRAINING_IMAGES = 50_000;

/** The report's set-up: 45,000 images to train on and the last 5,000 to validate on; n_s of two epochs, two cycles. */
export const DEFAULT_SETTINGS = {
  train: { first: 0, count: 45_000 },
  validation: { first: 45_000, count: 5_000 },
  dataSeed: 1,
  hidden: 50,
  lambda: 0,
  batchSize: 100,
  schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 1e-1, stepSize: 900, cycles: 2 },
  evaluation: { cadence: 'cycle', train: false, test: false },
} as const;

/** On a table, where the optimiser sets the pace by itself. */
const TABLE_SCHEDULE = { kind: 'constant', learningRate: 1e-3, steps: 2_000 } as const;

/**
 * A stage's settings with every default filled in. `data`, `model`, `training` and `evaluation` are merged member by
 * member; a schedule or an image range replaces the sweep's whole.
 */
export function stageSettingsOf(spec: SweepSpec, stage: Pick<SearchStage, 'overrides'>): StageSettings {
  const own = stage.overrides;
  const data = { ...spec.data, ...own.data };
  const training = { ...spec.training, ...own.training };
  const evaluation = { ...spec.evaluation, ...own.evaluation };
  return {
    data: {
      set: 'cifar10',
      train: data.train ?? DEFAULT_SETTINGS.train,
      validation: data.validation ?? DEFAULT_SETTINGS.validation,
      order:
        data.order === 'file'
          ? { kind: 'file' }
          : { kind: 'shuffled', dataSeed: data.dataSeed ?? DEFAULT_SETTINGS.dataSeed },
    },
    model: { kind: 'two-layer', hidden: own.model?.hidden ?? spec.model?.hidden ?? DEFAULT_SETTINGS.hidden },
    training: {
      lambda: training.lambda ?? DEFAULT_SETTINGS.lambda,
      batchSize: training.batchSize ?? DEFAULT_SETTINGS.batchSize,
      schedule:
        training.schedule ?? (spec.data?.table === undefined ? DEFAULT_SETTINGS.schedule : TABLE_SCHEDULE),
    },
    evaluation: {
      cadence: evaluation.cadence ?? DEFAULT_SETTINGS.evaluation.cadence,
      train: evaluation.train ?? DEFAULT_SETTINGS.evaluation.train,
      test: evaluation.test ?? DEFAULT_SETTINGS.evaluation.test,
    },
  };
}

export function stageSeedsOf(spec: SweepSpec, stage: SearchStage): number[] {
  return seedsOf(stage.overrides.seeds ?? spec.seeds ?? SEEDS_DEFAULT);
}
