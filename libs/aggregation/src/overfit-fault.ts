import { type OverfittedResult } from '@seedbed/contracts';

const DIGITS = 3;

/** Why a batch was not learned by heart: its loss at the beginning, on the way and at the end. Null when it was. */
export function overfitFault({ passed, losses, lossMax, accuracy }: OverfittedResult): string | null {
  if (passed) return null;
  const last = losses.at(-1);
  const way = losses
    .filter((_, place) => place === 0 || place === losses.length - 1 || place === losses.length >> 1)
    .map(
      ({ step, loss }) => `${loss === null ? 'not finite' : loss.toPrecision(DIGITS)} after ${step} steps`,
    );
  const right = accuracy === null ? '' : `; ${accuracy.correct} of its ${accuracy.count} samples are right`;
  return (
    `one batch was not learned by heart in ${last?.step ?? 0} steps: its loss was ${way.join(', ')}, and must reach ${lossMax}` +
    `${right}. The data, the labels or the learning rate are not what they should be, or the network is too small`
  );
}
