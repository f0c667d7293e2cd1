/** Which of our trainers end when there are too many. */
import type { TrainerStatus } from '@seedbed/contracts';

export interface Candidate {
  readonly processId: number;
  /** What the trainer last said of itself; null before its first word. */
  readonly status: Pick<TrainerStatus, 'state' | 'packs'> | null;
}

/**
 * Those that would lose least first: not yet working, idle, and then, where that is allowed, those least far into their packs.
 *
 * @returns at most `surplus` process ids
 */
export function chooseVictims(
  candidates: readonly Candidate[],
  surplus: number,
  { interrupt }: { readonly interrupt: boolean },
): number[] {
  return candidates
    .map((candidate) => ({ ...candidate, loss: lossOf(candidate) }))
    .filter(({ loss }) => interrupt || loss <= IDLE)
    .sort((one, other) => one.loss - other.loss)
    .slice(0, Math.max(0, surplus))
    .map(({ processId }) => processId);
}

const STARTING = -2;
const IDLE = -1;

/** Network steps that would be trained again. */
function lossOf({ status }: Candidate): number {
  if (status === null) return STARTING;
  if (status.state !== 'training') return IDLE;
  return status.packs.reduce((sum, { runs, step }) => sum + runs * step, 0);
}
