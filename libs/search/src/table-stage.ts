/** The settings of a stage that searches on a table: its own, over the sweep's, over the defaults. */
import {
  InputError,
  type MlpModel,
  type Optimizer,
  type ParameterValues,
  type SweepSpec,
  TABLE_ENGINE_VERSION,
  type TableFacts,
  type TableSplit,
  type TableTrainSettings,
} from '@seedbed/contracts';
import { type SearchStage } from './search-stages.js';
import { stageSettingsOf } from './stage-settings.js';

export const TABLE_DEFAULTS = {
  validationShare: 0.2,
  testShare: 0,
  hidden: 50,
  depth: 1,
  activation: 'relu',
  weightDecay: 0,
  dropout: 0,
  momentum: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
} as const;

export function isOnTable(spec: Pick<SweepSpec, 'data'>): boolean {
  return spec.data?.table !== undefined;
}

export function tableSplitOf(spec: SweepSpec, stage: Pick<SearchStage, 'overrides'>): TableSplit {
  const data = { ...spec.data, ...stage.overrides.data };
  const { testShare = TABLE_DEFAULTS.testShare, folds } = data;
  const { order } = stageSettingsOf(spec, stage).data;
  const dataSeed = order.kind === 'shuffled' ? order.dataSeed : 0;
  if (folds !== undefined) return { kind: 'folds', folds, testShare, dataSeed };
  const { validationShare = TABLE_DEFAULTS.validationShare } = data;
  return { kind: 'holdout', validationShare, testShare, dataSeed };
}

export function optimizerOf(spec: SweepSpec, stage: Pick<SearchStage, 'overrides'>): Optimizer {
  const given = stage.overrides.training?.optimizer ?? spec.training?.optimizer;
  if (given?.kind === 'sgd') {
    const { momentum = TABLE_DEFAULTS.momentum, nesterov = false } = given;
    return { kind: 'sgd', momentum, nesterov };
  }
  const { beta1, beta2, epsilon } = TABLE_DEFAULTS;
  return {
    kind: 'adam',
    beta1: given?.beta1 ?? beta1,
    beta2: given?.beta2 ?? beta2,
    epsilon: given?.epsilon ?? epsilon,
  };
}

/**
 * The settings of a trial, with `seed` in the place of a run's own.
 *
 * @throws InputError where the sweep was not told what its table is, which is done when it is launched
 */
export function tableSettingsOf(
  spec: SweepSpec,
  stage: Pick<SearchStage, 'overrides'>,
  values: ParameterValues,
  seed: number,
): TableTrainSettings {
  const facts = requireFacts(spec);
  const { target = '', task, features } = spec.data ?? {};
  const { batchSize, schedule, evaluation } = ofStage(spec, stage, values);
  const training = { ...spec.training, ...stage.overrides.training };
  return {
    task: 'table',
    engine: TABLE_ENGINE_VERSION,
    data: {
      set: 'table',
      ...facts,
      target,
      task: task ?? (facts.outputs === 1 ? 'regression' : 'classification'),
      ...(features === undefined ? {} : { features }),
      split: tableSplitOf(spec, stage),
    },
    model: modelOf(spec, stage, values),
    training: {
      batchSize,
      schedule,
      optimizer: withValues(optimizerOf(spec, stage), values),
      weightDecay: values['weightDecay'] ?? training.weightDecay ?? TABLE_DEFAULTS.weightDecay,
      decoupled: training.decoupled ?? false,
      dropout: values['dropout'] ?? training.dropout ?? TABLE_DEFAULTS.dropout,
      dropoutSeed: training.dropoutSeed ?? null,
    },
    evaluation,
    seed,
  };
}

/**
 * A sweep on a table is understood and can be planned, and the engine for it is there, but no trainer loads tables yet: launched, it
 * would wait for ever.
 *
 * @throws InputError for a sweep that no trainer of this version can train
 */
export function requireTrainable(spec: SweepSpec): void {
  if (!isOnTable(spec)) return;
  const message = `names table "${spec.data?.table ?? ''}", and trainers of this version train on images only; leave data.table out`;
  throw new InputError([{ path: 'data.table', message }]);
}

function requireFacts(spec: SweepSpec): TableFacts {
  const facts = spec.data?.facts;
  if (facts !== undefined) return facts;
  const message = `says what table "${spec.data?.table ?? ''}" is and is not there yet; launch fills it in`;
  throw new InputError([{ path: 'data.facts', message }]);
}

/** What images and tables have in common. */
function ofStage(spec: SweepSpec, stage: Pick<SearchStage, 'overrides'>, values: ParameterValues) {
  const { training, evaluation } = stageSettingsOf(spec, stage);
  const { schedule } = training;
  const given = Object.fromEntries(Object.entries(values).filter(([name]) => name in schedule));
  return {
    batchSize: values['batchSize'] ?? training.batchSize,
    schedule: { ...schedule, ...given },
    evaluation,
  };
}

function modelOf(spec: SweepSpec, stage: Pick<SearchStage, 'overrides'>, values: ParameterValues): MlpModel {
  const model = { ...spec.model, ...stage.overrides.model };
  const { activation = TABLE_DEFAULTS.activation } = model;
  if (model.layers !== undefined) return { kind: 'mlp', layers: model.layers, activation };
  const depth = values['depth'] ?? model.depth ?? TABLE_DEFAULTS.depth;
  const hidden = values['hidden'] ?? model.hidden ?? TABLE_DEFAULTS.hidden;
  return { kind: 'mlp', layers: Array.from({ length: depth }, () => hidden), activation };
}

function withValues(optimizer: Optimizer, values: ParameterValues): Optimizer {
  const { momentum, beta1, beta2 } = values;
  if (optimizer.kind === 'sgd') return { ...optimizer, momentum: momentum ?? optimizer.momentum };
  return { ...optimizer, beta1: beta1 ?? optimizer.beta1, beta2: beta2 ?? optimizer.beta2 };
}
