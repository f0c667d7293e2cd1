/** What a person can do to a sweep. Each action may be repeated: it asks for a state, not for a change. */
import type { SweepId, SweepState } from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';

export const SWEEP_ACTIONS = ['pause', 'resume', 'cancel'] as const;
export type SweepAction = (typeof SWEEP_ACTIONS)[number];

interface Transition {
  readonly from: readonly SweepState[];
  readonly to: SweepState;
  readonly reason: string | null;
}

const TRANSITIONS: Readonly<Record<SweepAction, Transition>> = {
  pause: { from: ['running'], to: 'paused', reason: 'paused by a person' },
  resume: { from: ['paused'], to: 'running', reason: null },
  cancel: { from: ['running', 'paused'], to: 'cancelled', reason: 'cancelled by a person' },
};

/** `refused` says in which state the sweep is that does not allow the action. */
export type ControlOutcome = 'done' | { readonly refused: SweepState } | 'unknown-sweep';

export async function control(
  store: SweepStore,
  sweepId: SweepId,
  action: SweepAction,
): Promise<ControlOutcome> {
  return await change(store, sweepId, TRANSITIONS[action]);
}

/**
 * Gives runs that were set aside another chance: their dead letters and attempt ledgers are cleared, and a sweep that had
 * ended `incomplete` runs again. In a running sweep the others go on undisturbed.
 */
export async function retry(store: SweepStore, sweepId: SweepId): Promise<ControlOutcome> {
  const record = await store.getSweep(sweepId);
  if (record === null) return 'unknown-sweep';
  if (!['running', 'paused', 'incomplete'].includes(record.state)) return { refused: record.state };
  const letters = await store.readDeadLetters(sweepId);
  await store.clearDeadLetters(
    sweepId,
    letters.map((letter) => letter.jobId),
  );
  if (record.state !== 'incomplete') return 'done';
  return await change(store, sweepId, { from: ['incomplete'], to: 'running', reason: null });
}

async function change(store: SweepStore, sweepId: SweepId, transition: Transition): Promise<ControlOutcome> {
  if (await store.setSweepState(sweepId, transition)) return 'done';
  const state = (await store.getSweep(sweepId))?.state;
  if (state === undefined) return 'unknown-sweep';
  return state === transition.to ? 'done' : { refused: state };
}
