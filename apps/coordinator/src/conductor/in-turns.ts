/** Long computations on the coordinator's one thread, cut up so that requests and locks get their turn in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs a computation to its end, leaving the thread to others wherever it yields. */
export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
