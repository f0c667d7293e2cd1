/**
 * Every limit that crosses a process edge, each with its reason. Limits local to one library live beside their code.
 */

export const LIMITS = {
  /** A sweep file is read whole before it is parsed; real ones are under 10 KB. */
  sweepFileBytesMax: 256 * 1024,
  /** Aliases let a small YAML file expand without bound ("billion laughs"); sweeps need none or few. */
  yamlAliasesMax: 20,
  /** Nesting of a sweep file; the schema itself needs 6. */
  sweepFileDepthMax: 16,
  /** The reproduction has 6 stages; a list longer than a screen is a mistake. */
  stagesMax: 20,
  /** One stage's plan is held in memory by the coordinator (about 200 bytes a trial). */
  trialsPerStageMax: 100_000,
  /** Each round is a decision in the answer and a look at all of the stage's results. */
  roundsPerStageMax: 1_000,
  /** Seeds beyond a few hundred narrow an interval that the validation set's own sampling error dominates. */
  seedsPerTrialMax: 1_000,
  /** Runs of one sweep: trials × seeds over all stages. So many take the coordinator some 3 GB (docs/operations.md). */
  runsPerSweepMax: 1_000_000,
  /** A block is what one job carries: small enough to be trained again after a kill, large enough to pack. */
  seedsPerBlock: 5,
  /** Seeds are unsigned 31-bit so that they survive JSON, C and TensorFlow attributes alike. */
  seedMax: 2_147_483_647,
  /** Longest explicit list of values of one parameter. */
  valuesPerParameterMax: 10_000,
  parametersMax: 32,
  /** 5,000 hidden units × 3,072 inputs are 61 MB of float32 weights: beyond that a pack no longer fits a trainer. */
  hiddenUnitsMax: 5_000,
  batchSizeMax: 10_000,
  /** Deeper networks want other means (normalisation, skip connections) than plain layers. */
  hiddenLayersMax: 4,
  /** Numbers of one table: 400 MB as float64 and 200 MB as float32 in a training child, what CIFAR-10 takes there. */
  tableCellsMax: 50_000_000,
  /** Columns of a table, and of a network's input when categories have one each. */
  tableInputsMax: 10_000,
  /** Labels are bytes. */
  tableClassesMax: 256,
  columnNameLengthMax: 128,
  /** Features listed one by one in a sweep file; without a list every column is one. */
  featuresListedMax: 1_000,
  /** Beyond 20 folds each is so small that its score is mostly chance. */
  foldsMax: 20,
  /** 10 million steps are about a day of one network on one core. */
  stepsMax: 10_000_000,
  /** Curve points kept per run; a point is about 120 bytes of JSON. */
  evaluationsPerRunMax: 2_000,
  /** A commit is one Redis hash value; larger results belong in a blob store. */
  commitBytesMax: 1024 * 1024,
  /** A checkpoint: 61 MB of first-layer weights at `hiddenUnitsMax`, and a curve of at most 0.5 MB. */
  checkpointBytesMax: 64 * 1024 * 1024,
  /** An HTTP request body: a sweep file plus JSON overhead. */
  requestBytesMax: 512 * 1024,
  /** Rows of one page of a listing. */
  pageRowsMax: 1_000,
  /** Conditions of one query, all of which must hold. */
  queryConditionsMax: 20,
  /** One condition, or one list of names. */
  queryTextLengthMax: 2_000,
  /** Sort keys, group fields or columns of one query: more than there are fields. */
  queryColumnsMax: 100,
  /** A cursor holds the sort key of one row. */
  queryCursorLengthMax: 4_000,
  /** Trials named in one live event; whoever watches a larger change looks at the stage anew. */
  eventTrialsMax: 200,
  /** Samples of a gradient check: the report uses 20; each adds a pass over 150,000 numeric derivatives. */
  gradientCheckSamplesMax: 100,
  /** Checks before a sweep: each is a run, and all must end before anything else begins. */
  preflightChecksMax: 10,
  /** A batch that is not learned by heart in so many steps will not be. */
  overfitStepsMax: 2_000,
  /** Infrastructure losses (kills, lost locks) of one block before it is set aside: a bound against a block that takes
   * whole trainers down, far above what rescheduling and scale-in do to a healthy one. */
  lossesPerBlockMax: 100,
  /** Child crashes and errors that a block caused while it was trained alone, before it is set aside as poison. */
  errorsPerBlockMax: 3,
  /** From each rung on trials are trained from their beginning again; more than a few rungs save nothing. */
  rungsMax: 6,
  /** They stand in the header of a stored plan, some 100 bytes each. */
  prunedTrialsMax: 10_000,
  /** Keeping one in a hundred is a grid, not a search. */
  pruningFactorMax: 100,
  /** Each look at a race costs power; doubling from 2 seeds reaches `seedsPerTrialMax` in ten. */
  raceLooksMax: 10,
  /** Ten points of accuracy: a larger δ is a slip of the decimal point. */
  deltaMax: 0.1,
  nameLengthMax: 64,
  descriptionLengthMax: 2_000,
} as const;
