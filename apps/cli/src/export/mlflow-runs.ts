/** What MLflow is told of a sweep and of each of its runs. Pure. */
import {
  accuracyRatio,
  type Answer,
  type CurvePoint,
  isFinished,
  type ResultsResponse,
  type RunRow,
  type SweepStatus,
} from '@seedbed/contracts';
import type { MlflowFacts, MlflowMetric } from './mlflow-client.js';

/** Which sweep a run on MLflow belongs to, and which of its runs it is: by these a second export finds the first. */
export const SWEEP_TAG = 'seedbed.sweep';
export const PLACE_TAG = 'seedbed.place';
/** The parent's place. */
export const PARENT_PLACE = 'sweep';

export interface MlflowRecord extends MlflowFacts {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  /** Null while it goes on. */
  readonly status: 'FINISHED' | 'FAILED' | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Stage, trial and seed: the same run may stand in several places of a sweep. */
export function placeOf(row: Pick<RunRow, 'stage' | 'trialIndex' | 'seed'>): string {
  return `${row.stage}/${row.trialIndex}/${row.seed}`;
}

/** The run that stands for the whole sweep: for each stage its best mean, with how sure that is. */
export function sweepRecord(
  { sweepId, name, state, createdAt, finishedAt, numericsClass }: SweepStatus,
  { stages }: ResultsResponse,
  answer: Answer,
): MlflowRecord {
  const startTime = Date.parse(createdAt);
  const endTime = Date.parse(finishedAt ?? createdAt);
  const metrics = stages.flatMap(({ stage, trials, comparison }) => {
    const chosen = trials.find(({ index }) => index === comparison?.chosen.trialIndex);
    const regret = comparison?.trials.find(({ index }) => index === chosen?.index)?.regretBound;
    return [
      ...metric(`${stage}.chosen_mean`, chosen?.mean, endTime),
      ...metric(`${stage}.chosen_n`, chosen?.n, endTime),
      ...metric(`${stage}.chosen_sd`, chosen?.standardDeviation, endTime),
      ...metric(`${stage}.chosen_test_mean`, chosen?.testMean, endTime),
      ...metric(`${stage}.regret_bound`, regret, endTime),
    ];
  });
  return {
    ...{ name: sweepId, startTime, endTime, metrics },
    status: isFinished(state) ? (state === 'completed' ? 'FINISHED' : 'FAILED') : null,
    params: { name, specDigest: answer.specDigest },
    tags: {
      [SWEEP_TAG]: sweepId,
      [PLACE_TAG]: PARENT_PLACE,
      'seedbed.state': state,
      'seedbed.numerics_class': numericsClass ?? 'none',
    },
  };
}

/** Null for a run that has no commit: there is nothing to tell of it yet. */
export function runRecord(sweepId: string, parentId: string, row: RunRow): MlflowRecord | null {
  const { commit } = row;
  if (commit === null) return null;
  const { result, provenance } = commit;
  const startTime = Date.parse(provenance.startedAt);
  const endTime = Date.parse(provenance.finishedAt);
  const final =
    result.outcome === 'trained'
      ? [
          ...metric('final.validation_accuracy', accuracyRatio(result.validation), endTime),
          ...metric('final.test_accuracy', result.test && accuracyRatio(result.test), endTime),
        ]
      : [];
  const curve = 'curve' in result ? result.curve : [];
  const isFailed = result.outcome === 'diverged' || ('passed' in result && !result.passed);
  return {
    ...{ name: placeOf(row), startTime, endTime, status: isFailed ? 'FAILED' : 'FINISHED' },
    params: {
      ...Object.fromEntries(Object.entries(row.parameters).map(([name, value]) => [name, String(value)])),
      ...{ stage: row.stage, trial: String(row.trialIndex), seed: String(row.seed) },
    },
    metrics: [...curve.flatMap((point) => pointMetrics(point, endTime)), ...final],
    tags: {
      'mlflow.parentRunId': parentId,
      [SWEEP_TAG]: sweepId,
      [PLACE_TAG]: placeOf(row),
      'seedbed.run_id': row.runId,
      'seedbed.digest': commit.digest,
      'seedbed.outcome': result.outcome,
      'seedbed.numerics_class': commit.numericsClass,
      'seedbed.trainer': provenance.trainerId,
      'seedbed.version': provenance.seedbed,
    },
  };
}

function pointMetrics({ step, validation, train }: CurvePoint, timestamp: number): MlflowMetric[] {
  return [
    ...metric('validation_accuracy', accuracyRatio(validation.accuracy), timestamp, step),
    ...metric('validation_loss', validation.loss, timestamp, step),
    ...metric('validation_cost', validation.cost, timestamp, step),
    ...metric('train_accuracy', train && accuracyRatio(train.accuracy), timestamp, step),
    ...metric('train_loss', train?.loss, timestamp, step),
  ];
}

/** None where there is no number: MLflow takes nothing else. */
function metric(key: string, value: number | null | undefined, timestamp: number, step = 0): MlflowMetric[] {
  return value === null || value === undefined ? [] : [{ key, value, timestamp, step }];
}
