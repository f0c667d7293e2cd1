/** Where trainers come from: this machine's processes, or whatever a person's own command starts and ends. */
import type { TrainerStatus } from '@seedbed/contracts';

export interface FleetChange {
  /** Trainers that run or start; null where only the person's command knows. */
  readonly running: number | null;
  readonly started: number;
  /** Asked to end: they hand their work back first. */
  readonly ended: number;
}

export interface Fleet {
  /**
   * Goes towards the target; called at every look, so that what ended by itself comes back.
   *
   * @param trainers all that the coordinator knows
   * @throws FailedError when it will not get there by trying again
   */
  goTo(target: number, trainers: readonly TrainerStatus[]): Promise<FleetChange>;
  /** Rejects when the fleet cannot go on. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends what it has started. */
  close(): Promise<void>;
}

/** For `--dry-run`. */
export const NO_FLEET: Fleet = {
  goTo: () => Promise.resolve({ running: null, started: 0, ended: 0 }),
  failed: new Promise<never>(() => undefined),
  close: () => Promise.resolve(),
};
