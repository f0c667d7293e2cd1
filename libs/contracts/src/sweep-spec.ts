/** The sweep file: what a person writes. Defaults and overrides are resolved by @seedbed/search. */
import { z } from 'zod';
import { answerSpecSchema } from './comparison.js';
import { nameSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { SWEEP_FILE_VERSION } from './version.js';
import {
  evaluationSettingsSchema,
  imageRangeSchema,
  modelSettingsSchema,
  scheduleSchema,
} from './run-settings.js';

/** Settings that a parameter can vary, with the place in the settings that each one sets. */
export const PARAMETER_NAMES = [
  'lambda',
  'hidden',
  'batchSize',
  'learningRate',
  'etaMin',
  'etaMax',
  'stepSize',
  'cycles',
  'steps',
] as const;
export const parameterNameSchema = z.enum(PARAMETER_NAMES);
export type ParameterName = z.infer<typeof parameterNameSchema>;

const finite = z.number();
const seed = z.int().min(0).max(LIMITS.seedMax);

export const parameterSpecSchema = z.union([
  z.strictObject({ value: finite }).describe('one fixed value'),
  z
    .strictObject({ values: z.array(finite).min(1).max(LIMITS.valuesPerParameterMax) })
    .describe('an explicit list of values'),
  z
    .strictObject({
      min: finite,
      max: finite,
      scale: z.enum(['linear', 'log']).default('linear'),
      count: z.int().min(1).max(LIMITS.valuesPerParameterMax).optional(),
    })
    .describe(
      'a range, both ends included; `count` grid points, or drawn uniformly on its scale by sampler random or sobol',
    ),
  z
    .strictObject({ from: nameSchema, choose: z.literal('best').default('best') })
    .describe("the value of an earlier stage's best trial"),
]);
export type ParameterSpec = z.infer<typeof parameterSpecSchema>;

export const samplerSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grid') }).describe('every combination of the parameters’ values'),
  z
    .strictObject({
      kind: z.literal('random'),
      trials: z.int().min(1).max(LIMITS.trialsPerStageMax),
      seed,
    })
    .describe('independent draws; the same draws for the same seed'),
  z
    .strictObject({
      kind: z.literal('sobol'),
      trials: z.int().min(1).max(LIMITS.trialsPerStageMax),
      seed,
    })
    .describe(
      'scrambled Sobol’ points, which fill the space more evenly than independent draws, best with 2, 4, 8, … trials; the same for the same seed',
    ),
]);
export type SamplerSpec = z.infer<typeof samplerSpecSchema>;

export const seedsSpecSchema = z.union([
  z.int().min(1).max(LIMITS.seedsPerTrialMax).describe('how many seeds, counted from 1'),
  z.array(seed).min(1).max(LIMITS.seedsPerTrialMax).describe('the seeds themselves'),
  z
    .strictObject({ first: seed, count: z.int().min(1).max(LIMITS.seedsPerTrialMax) })
    .describe('so many seeds, counted from first'),
]);
export type SeedsSpec = z.infer<typeof seedsSpecSchema>;

const dataSpec = z.strictObject({
  set: z.literal('cifar10').optional(),
  order: z.enum(['file', 'shuffled']).optional().describe('batch order; default shuffled once by dataSeed'),
  dataSeed: seed.optional().describe('seed of the shuffle, default 1'),
  train: imageRangeSchema.optional().describe('default: images 0 to 44,999'),
  validation: imageRangeSchema.optional().describe('default: the last 5,000 images'),
});
const trainingSpec = z.strictObject({
  lambda: finite.optional().describe('L2 strength λ ≥ 0, default 0'),
  batchSize: z.int().optional().describe('default 100'),
  schedule: scheduleSchema.optional().describe('default cyclical, 1e-5 … 1e-1, stepSize 900, 2 cycles'),
});

/** Settings that hold for the whole sweep, or override it in one stage. */
const settingsShape = {
  data: dataSpec.optional(),
  model: modelSettingsSchema.partial().optional(),
  training: trainingSpec.optional(),
  evaluation: evaluationSettingsSchema.partial().optional(),
  seeds: seedsSpecSchema.optional().describe('default 5'),
  answer: answerSpecSchema.optional(),
};
const searchShape = {
  sampler: samplerSpecSchema.optional().describe('default grid'),
  parameters: z.partialRecord(parameterNameSchema, parameterSpecSchema).optional(),
  points: z
    .array(z.partialRecord(parameterNameSchema, finite))
    .max(LIMITS.trialsPerStageMax)
    .optional()
    .describe('further trials with given values, appended after the sampler’s'),
};

export const stageSpecSchema = z.strictObject({ name: nameSchema, ...settingsShape, ...searchShape });
export type StageSpec = z.infer<typeof stageSpecSchema>;

export const preflightSpecSchema = z.strictObject({
  check: z.literal('gradient-check'),
  samples: z.int().min(1).max(LIMITS.gradientCheckSamplesMax).default(20),
  lambda: finite.min(0).default(0),
});
export type PreflightSpec = z.infer<typeof preflightSpecSchema>;

/** Either `stages`, or `parameters` (and `sampler`, `points`) at the top level for a sweep of one stage named "search". */
export const sweepSpecSchema = z.strictObject({
  seedbed: z.literal(SWEEP_FILE_VERSION).describe('version of the sweep-file format'),
  name: nameSchema,
  description: z.string().max(LIMITS.descriptionLengthMax).optional(),
  preflight: z.array(preflightSpecSchema).max(1).optional(),
  mixed: z
    .boolean()
    .optional()
    .describe(
      'let processors of different kinds train this sweep: equal runs may then differ in their last bits; default false',
    ),
  ...settingsShape,
  ...searchShape,
  stages: z.array(stageSpecSchema).min(1).max(LIMITS.stagesMax).optional(),
});
export type SweepSpec = z.infer<typeof sweepSpecSchema>;
