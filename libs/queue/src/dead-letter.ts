import {
  type AttemptCause,
  type BlockJob,
  type DeadLetter,
  type RunId,
  runIdSchema,
} from '@seedbed/contracts';

/** A reason is shown to people and kept for ever: a stack trace's first screens are enough. */
const REASON_LENGTH_MAX = 4_000;

export function deadLetterOf(
  jobId: string,
  runIds: readonly RunId[],
  cause: AttemptCause,
  reason: string,
  at: Date = new Date(),
): DeadLetter {
  return {
    jobId,
    cause,
    reason: reason.slice(0, REASON_LENGTH_MAX),
    runIds: [...runIds],
    at: at.toISOString(),
  };
}

export function runIdsOf(job: BlockJob): RunId[] {
  return job.runs.map((run) => run.runId);
}

/** The run ids that can still be read from job data that was refused. */
export function readableRunIds(data: unknown): RunId[] {
  const runs = typeof data === 'object' && data !== null && 'runs' in data ? data.runs : [];
  if (!Array.isArray(runs)) return [];
  return runs.flatMap((run: { runId?: unknown } | null) => {
    const parsed = runIdSchema.safeParse(run?.runId);
    return parsed.success ? [parsed.data] : [];
  });
}

export function lostTooOften(times: number): string {
  return `the trainer was lost ${times} times while it held this block`;
}
