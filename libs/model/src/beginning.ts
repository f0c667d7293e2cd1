/** What a pack that does not begin at the beginning has to be: states that its runs can have come to, all at one step. */
import { InputError, type RunState, type TrainSettings } from '@seedbed/contracts';
import type { PreparedData } from './prepared-data.js';

/**
 * Members of a pack read the same batches, so they stand at the same step.
 *
 * @throws InputError
 */
export function requireTogether(states: readonly RunState[], members: number): void {
  const steps = new Set(states.map(({ step }) => step));
  if (states.length === members && steps.size === 1) return;
  const message = `${states.length} states at steps ${[...steps].join(', ')} for ${members} members; each has one, at the same step`;
  throw new InputError([{ path: 'states', message }]);
}

/** @throws InputError for a state that these settings cannot have led to */
export function requireFitting(
  { step, curve, W1, b1, W2, b2 }: RunState,
  run: {
    readonly settings: TrainSettings;
    readonly data: PreparedData;
    readonly steps: number;
    /** Where the run is evaluated, rising. */
    readonly points: readonly number[];
  },
): void {
  const { hidden } = run.settings.model;
  const { inputCount, classCount } = run.data;
  const evaluated = run.points.filter((point) => point <= step);
  const fits =
    step < run.steps &&
    W1.length === hidden * inputCount &&
    b1.length === hidden &&
    W2.length === hidden * classCount &&
    b2.length === classCount &&
    evaluated.length === curve.length &&
    evaluated.every((point, index) => point === curve[index]?.step);
  if (fits) return;
  throw new InputError([{ path: 'states', message: `a state after ${step} steps is not one of this run` }]);
}
