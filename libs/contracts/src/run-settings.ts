/**
 * Everything that determines the result of one run, and nothing else. Two runs with equal settings are the same run,
 * whichever sweep asked for them; `runIdOf` is the SHA-256 of the settings.
 */
import { z } from 'zod';
import { float64Hex, sha256 } from './digest.js';
import { type RunId, runIdSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { TABLE_ENGINE_VERSION, type TableTrainSettings, tableTrainSettingsSchema } from './table-settings.js';
import { evaluationSettingsSchema, scheduleSchema, stepsOf } from './training-settings.js';

/** Raised whenever the same settings would give other bits: a change of the mathematics or of its order. */
export const ENGINE_VERSION = 'two-layer-1';

const count = z.int().min(1);

/** A contiguous range of images, counted from 0 over the training files in order (50,000 for CIFAR-10). */
export const imageRangeSchema = z.strictObject({
  first: z.int().min(0).describe('index of the first image'),
  count: count.describe('number of images'),
});
export type ImageRange = z.infer<typeof imageRangeSchema>;

export const orderSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('file') })
    .describe('images in the order of the files, the same every epoch'),
  z
    .strictObject({ kind: z.literal('shuffled'), dataSeed: z.int().min(0).max(LIMITS.seedMax) })
    .describe('the training images shuffled once by the data seed, then the same order every epoch'),
]);
export type BatchOrder = z.infer<typeof orderSchema>;

export const dataSettingsSchema = z.strictObject({
  set: z.literal('cifar10'),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  train: imageRangeSchema,
  validation: imageRangeSchema,
  order: orderSchema,
});
export type DataSettings = z.infer<typeof dataSettingsSchema>;

export const modelSettingsSchema = z.strictObject({
  kind: z.literal('two-layer'),
  hidden: z.int().min(1).max(LIMITS.hiddenUnitsMax),
});
export type ModelSettings = z.infer<typeof modelSettingsSchema>;

export const trainSettingsSchema = z.strictObject({
  task: z.literal('train'),
  engine: z.literal(ENGINE_VERSION),
  data: dataSettingsSchema,
  model: modelSettingsSchema,
  training: z.strictObject({
    lambda: z.number().min(0),
    batchSize: z.int().min(1).max(LIMITS.batchSizeMax),
    schedule: scheduleSchema,
    /**
     * Of a rung: training stops after so many steps, fewer than the schedule has. Learning rates are the schedule's, so the bits
     * are those that a run of the whole schedule has on its way.
     */
    until: z.int().min(1).max(LIMITS.stepsMax).optional(),
  }),
  evaluation: evaluationSettingsSchema,
  seed: z.int().min(0).max(LIMITS.seedMax),
});
export type TrainSettings = z.infer<typeof trainSettingsSchema>;

export const gradientCheckSettingsSchema = z.strictObject({
  task: z.literal('gradient-check'),
  engine: z.literal(ENGINE_VERSION),
  data: dataSettingsSchema,
  model: modelSettingsSchema,
  lambda: z.number().min(0),
  samples: z
    .int()
    .min(1)
    .max(LIMITS.gradientCheckSamplesMax)
    .describe('the first samples of the training split'),
  seed: z.int().min(0).max(LIMITS.seedMax),
});
export type GradientCheckSettings = z.infer<typeof gradientCheckSettingsSchema>;

/** As ENGINE_VERSION, for the overfit check. A name of its own, so that a trainer that does not know it leaves it to others. */
export const OVERFIT_ENGINE_VERSION = 'two-layer-1-overfit-1';
/** What this version trains. */
export const ENGINES: readonly string[] = [ENGINE_VERSION, TABLE_ENGINE_VERSION, OVERFIT_ENGINE_VERSION];

export const overfitSettingsSchema = z.strictObject({
  task: z.literal('overfit-one-batch'),
  engine: z.literal(OVERFIT_ENGINE_VERSION),
  data: dataSettingsSchema,
  model: modelSettingsSchema,
  samples: z.int().min(1).max(LIMITS.batchSizeMax).describe('the first samples of the training split'),
  learningRate: z.number().positive(),
  steps: z.int().min(1).max(LIMITS.overfitStepsMax),
  lossMax: z.number().positive(),
  seed: z.int().min(0).max(LIMITS.seedMax),
});
export type OverfitSettings = z.infer<typeof overfitSettingsSchema>;

export const runSettingsSchema = z.discriminatedUnion('task', [
  trainSettingsSchema,
  tableTrainSettingsSchema,
  gradientCheckSettingsSchema,
  overfitSettingsSchema,
]);
export type RunSettings = z.infer<typeof runSettingsSchema>;

/** SHA-256 of the settings with every number as its exact bits. */
export function runIdOf(settings: RunSettings): RunId {
  return runIdSchema.parse(sha256(exactJson(settings)));
}

/** Stands for the seed while ids of many seeds are made; no setting has such a text. */
const SEED_MARK = '<seed>';

/** The same as `runIdOf` for every seed, at a fifth of the cost: what the runs share is written out once. */
export function runIdsOf(settings: RunSettings, seeds: readonly number[]): RunId[] {
  const text = exactJson({ ...settings, seed: SEED_MARK });
  const [before, after, ...more] = text.split(JSON.stringify(SEED_MARK));
  if (before === undefined || after === undefined || more.length > 0) {
    throw new TypeError(`settings hold the text ${SEED_MARK}`);
  }
  return seeds.map((seed) => runIdSchema.parse(sha256(`${before}"${float64Hex(seed)}"${after}`)));
}

/**
 * Runs with equal pack keys read the same batches in the same order and so can be trained in the same matrix products:
 * data, split, order and batch size agree; λ, seed, schedule, hidden size and evaluation may differ. On a table with folds
 * it is those of one seed's fold that do.
 */
export function packKeyOf(settings: RunSettings): string {
  const shared = isTraining(settings)
    ? {
        task: settings.task,
        engine: settings.engine,
        data: settings.data,
        batchSize: settings.training.batchSize,
      }
    : { task: settings.task, run: runIdOf(settings) };
  return sha256(exactJson(shared)).slice(0, 16);
}

/** Whether it is a training of a trial, not a check, which is trained alone. */
export function isTraining(settings: RunSettings): settings is TrainSettings | TableTrainSettings {
  return settings.task === 'train' || settings.task === 'table';
}

/** Steps that a run trains; a gradient check trains none. */
export function trainingStepsOf(settings: RunSettings): number {
  if (settings.task === 'overfit-one-batch') return settings.steps;
  if (settings.task === 'train') return trainedSteps(settings.training);
  return isTraining(settings) ? stepsOf(settings.training.schedule) : 0;
}

/** Steps that a run trains: its schedule's, or those up to its rung. */
export function trainedSteps({
  schedule,
  until,
}: Pick<TrainSettings['training'], 'schedule' | 'until'>): number {
  return until ?? stepsOf(schedule);
}

/**
 * As `canonicalJson`, with every number as its exact bits, in one pass: a plan of 100,000 runs spends most of its time
 * here.
 */
function exactJson(value: unknown): string {
  if (typeof value === 'number') return `"${float64Hex(value)}"`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => exactJson(item ?? null)).join(',')}]`;
  const members = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(members).sort()) {
    if (members[key] === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${exactJson(members[key])}`;
  }
  return `{${text}}`;
}
