/** The sweep file: what a person writes. Defaults and overrides are resolved by @seedbed/search. */
import { z } from 'zod';
import { answerSpecSchema } from './comparison.js';
import { nameSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { pruningSpecSchema } from './pruning.js';
import { racingSpecSchema } from './racing.js';
import { SWEEP_FILE_VERSION } from './version.js';
import { imageRangeSchema } from './run-settings.js';
import { activationSchema, columnNameSchema, tableFactsSchema, tableTaskSchema } from './table-settings.js';
import { evaluationSettingsSchema, scheduleSchema } from './training-settings.js';

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
  'depth',
  'weightDecay',
  'momentum',
  'beta1',
  'beta2',
  'dropout',
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
  table: nameSchema.optional().describe('in place of images: a table that "seedbed data add" has registered'),
  target: columnNameSchema.optional().describe('the column of the table that is to be predicted'),
  task: tableTaskSchema
    .optional()
    .describe('default: regression where the target is numbers that are no classes'),
  features: z
    .array(columnNameSchema)
    .min(1)
    .max(LIMITS.featuresListedMax)
    .optional()
    .describe('columns that enter the network; default: every column but the target'),
  folds: z
    .int()
    .min(2)
    .max(LIMITS.foldsMax)
    .optional()
    .describe('k-fold cross-validation, a fold per seed; default: one fixed validation part'),
  validationShare: z
    .number()
    .positive()
    .max(0.9)
    .optional()
    .describe('share of the rows to validate on, without folds; default 0.2'),
  testShare: z
    .number()
    .min(0)
    .max(0.9)
    .optional()
    .describe('share of the rows that is set aside for evaluation.test; default 0'),
  facts: tableFactsSchema.optional().describe('what the table is; filled in when the sweep is launched'),
});
const modelSpec = z.strictObject({
  kind: z.enum(['two-layer', 'mlp']).optional(),
  hidden: z
    .int()
    .min(1)
    .max(LIMITS.hiddenUnitsMax)
    .optional()
    .describe('hidden units, of a mlp: of every layer; default 50'),
  depth: z
    .int()
    .min(0)
    .max(LIMITS.hiddenLayersMax)
    .optional()
    .describe('hidden layers of a mlp; default 1, 0 is linear or soft-max regression'),
  layers: z
    .array(z.int().min(1).max(LIMITS.hiddenUnitsMax))
    .max(LIMITS.hiddenLayersMax)
    .optional()
    .describe('hidden units of each layer of a mlp, in place of hidden and depth'),
  activation: activationSchema.optional().describe('of a mlp; default relu'),
});
const optimizerSpec = z.strictObject({
  kind: z.enum(['sgd', 'adam']),
  momentum: z.number().min(0).lt(1).optional().describe('of sgd; default 0'),
  nesterov: z.boolean().optional().describe('Nesterov’s momentum; default false'),
  beta1: z.number().min(0).lt(1).optional().describe('of adam; default 0.9'),
  beta2: z.number().min(0).lt(1).optional().describe('of adam; default 0.999'),
  epsilon: z.number().positive().optional().describe('of adam; default 1e-8'),
});
const trainingSpec = z.strictObject({
  lambda: finite.optional().describe('L2 strength λ ≥ 0, default 0'),
  batchSize: z.int().optional().describe('default 100'),
  schedule: scheduleSchema.optional().describe('default cyclical, 1e-5 … 1e-1, stepSize 900, 2 cycles'),
  optimizer: optimizerSpec.optional().describe('of a mlp; default adam'),
  weightDecay: z.number().min(0).optional().describe('of the weights of a mlp; default 0'),
  decoupled: z
    .boolean()
    .optional()
    .describe('weight decay beside the gradient (AdamW) rather than in it; default false'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe('share of hidden units left out at each step; default 0'),
  dropoutSeed: seed.optional().describe('which units are left out; default: by the seed of the run'),
});

/** Settings that hold for the whole sweep, or override it in one stage. */
const settingsShape = {
  data: dataSpec.optional(),
  model: modelSpec.optional(),
  training: trainingSpec.optional(),
  evaluation: evaluationSettingsSchema.partial().optional(),
  seeds: seedsSpecSchema.optional().describe('default 5'),
  answer: answerSpecSchema.optional(),
  pruning: pruningSpecSchema.optional(),
  racing: racingSpecSchema.optional(),
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

export const preflightSpecSchema = z.discriminatedUnion('check', [
  z
    .strictObject({
      check: z.literal('gradient-check'),
      samples: z.int().min(1).max(LIMITS.gradientCheckSamplesMax).default(20),
      lambda: finite.min(0).default(0),
    })
    .describe('the gradient of the trainer against central differences'),
  z
    .strictObject({
      check: z.literal('overfit-one-batch'),
      samples: z.int().min(1).max(LIMITS.batchSizeMax).default(100).describe('size of the batch'),
      learningRate: finite.positive().default(0.05),
      steps: z.int().min(1).max(LIMITS.overfitStepsMax).default(500),
      lossMax: finite.positive().default(0.1).describe('mean cross-entropy that the batch must reach'),
    })
    .describe('a network of the sweep must learn its first batch by heart, without regularisation'),
  z
    .strictObject({
      check: z.literal('canary'),
      expectedSeconds: finite
        .positive()
        .optional()
        .describe('of one core; default from the size of the network and its steps'),
      factor: finite.min(1).default(10).describe('how many times that it may take'),
    })
    .describe('the first run of the first stage must train to its end, in time, before the others start'),
]);
export type PreflightSpec = z.infer<typeof preflightSpecSchema>;

/** Either `stages`, or `parameters` (and `sampler`, `points`) at the top level for a sweep of one stage named "search". */
export const sweepSpecSchema = z.strictObject({
  seedbed: z.literal(SWEEP_FILE_VERSION).describe('version of the sweep-file format'),
  name: nameSchema,
  description: z.string().max(LIMITS.descriptionLengthMax).optional(),
  preflight: z
    .array(preflightSpecSchema)
    .max(LIMITS.preflightChecksMax)
    .optional()
    .describe('checks that must pass before anything else is trained'),
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
