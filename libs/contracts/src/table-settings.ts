/**
 * All that determines the result of a run on a table: a network of up to four hidden layers, trained by the packed engine
 * for tables. What is shared with runs on images (schedules, evaluation) is in run-settings.ts.
 */
import { z } from 'zod';
import { sha256HexSchema } from './data-set.js';
import { LIMITS } from './limits.js';
import { evaluationSettingsSchema, scheduleSchema } from './training-settings.js';

/** Raised whenever the same settings would give other bits. */
export const TABLE_ENGINE_VERSION = 'mlp-1';

const seed = z.int().min(0).max(LIMITS.seedMax);
/** Of all rows. */
const share = z.number().min(0).max(0.9);

/** As in the header of a table: any text without control characters. */
export const columnNameSchema = z
  .string()
  .min(1)
  .max(LIMITS.columnNameLengthMax)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'a column name has no control characters');

export const tableTaskSchema = z.enum(['classification', 'regression']);
export type TableTask = z.infer<typeof tableTaskSchema>;

export const tableSplitSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('holdout'), validationShare: share, testShare: share, dataSeed: seed })
    .describe('every run validates on the same rows'),
  z
    .strictObject({
      kind: z.literal('folds'),
      folds: z.int().min(2).max(LIMITS.foldsMax),
      testShare: share,
      dataSeed: seed,
    })
    .describe(
      'k-fold cross-validation: the run with seed s validates on fold (s − 1) mod k of the partition number ⌊(s − 1) / k⌋',
    ),
]);
export type TableSplit = z.infer<typeof tableSplitSchema>;

/** What a table is, as far as planning and packing need to know. */
export const tableFactsSchema = z.strictObject({
  digest: sha256HexSchema,
  rows: z.int().min(2),
  /** Columns that enter the network, categories as one each. */
  inputs: z.int().min(1).max(LIMITS.tableInputsMax),
  /** Classes; 1 for regression. */
  outputs: z.int().min(1).max(LIMITS.tableClassesMax),
});
export type TableFacts = z.infer<typeof tableFactsSchema>;

export const tableDataSettingsSchema = z.strictObject({
  set: z.literal('table'),
  ...tableFactsSchema.shape,
  target: columnNameSchema,
  task: tableTaskSchema,
  /** Absent: every column but the target. */
  features: z.array(columnNameSchema).min(1).max(LIMITS.featuresListedMax).optional(),
  split: tableSplitSchema,
});
export type TableDataSettings = z.infer<typeof tableDataSettingsSchema>;

export const activationSchema = z.enum(['relu', 'tanh']);
export type Activation = z.infer<typeof activationSchema>;

export const mlpModelSchema = z.strictObject({
  kind: z.literal('mlp'),
  /** Hidden units of each layer; none: linear or soft-max regression. */
  layers: z.array(z.int().min(1).max(LIMITS.hiddenUnitsMax)).max(LIMITS.hiddenLayersMax),
  activation: activationSchema,
});
export type MlpModel = z.infer<typeof mlpModelSchema>;

const below1 = z.number().min(0).lt(1);
export const optimizerSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('sgd'), momentum: below1, nesterov: z.boolean() })
    .describe('v ← μv + g; w ← w − ηv, or w − η(g + μv) with Nesterov’s momentum'),
  z
    .strictObject({ kind: z.literal('adam'), beta1: below1, beta2: below1, epsilon: z.number().positive() })
    .describe('Adam (Kingma and Ba 2015) with bias correction'),
]);
export type Optimizer = z.infer<typeof optimizerSchema>;

export const tableTrainSettingsSchema = z.strictObject({
  task: z.literal('table'),
  engine: z.literal(TABLE_ENGINE_VERSION),
  data: tableDataSettingsSchema,
  model: mlpModelSchema,
  training: z.strictObject({
    batchSize: z.int().min(1).max(LIMITS.batchSizeMax),
    schedule: scheduleSchema,
    optimizer: optimizerSchema,
    /** Of weights, never of biases. Coupled: added to the gradient as `weightDecay · w`; decoupled: w ← w − η · weightDecay · w. */
    weightDecay: z.number().min(0),
    decoupled: z.boolean(),
    /** Share of hidden units left out at each step; the others are scaled up by 1 / (1 − dropout). */
    dropout: below1,
    /** Of which units are left out; null: the run's own seed. */
    dropoutSeed: seed.nullable(),
  }),
  evaluation: evaluationSettingsSchema,
  seed,
});
export type TableTrainSettings = z.infer<typeof tableTrainSettingsSchema>;

/** Which rows a run with this seed validates on: fold of which partition. A fixed split has one partition. */
export function foldOf(split: TableSplit, runSeed: number): { partition: number; fold: number } {
  if (split.kind === 'holdout') return { partition: 0, fold: 0 };
  // Seed 0 stands in plans only; it gets the last fold of the partition before the first.
  const place = runSeed - 1;
  const partition = Math.floor(place / split.folds);
  return { partition, fold: place - partition * split.folds };
}

/** Weights and biases of one network. */
export function parameterCountOf({ data, model }: Pick<TableTrainSettings, 'data' | 'model'>): number {
  const widths = [data.inputs, ...model.layers, data.outputs];
  return widths.slice(1).reduce((sum, width, layer) => sum + width * (widths[layer]! + 1), 0);
}

/** How many rows of a table each part of a split has; of folds the one with the fewest training rows. */
export function splitSizesOf(
  rows: number,
  split: TableSplit,
): { readonly train: number; readonly validation: number; readonly test: number } {
  const test = Math.floor(rows * split.testShare);
  const rest = rows - test;
  const validation =
    split.kind === 'folds'
      ? Math.ceil(rest / split.folds)
      : Math.max(1, Math.floor(rows * split.validationShare));
  return { train: Math.max(0, rest - validation), validation, test };
}
