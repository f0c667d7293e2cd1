/** How often the test set was looked at, in words. */
import type { TestLooks } from '@seedbed/contracts';

/** Null where nobody looked. */
export function testLooksLine({ trials, runs }: TestLooks): string | null {
  if (trials === 0) return null;
  const networks = runs === 1 ? '1 network' : `${runs} networks`;
  if (trials === 1) return `The test set was looked at for 1 trial (${networks}): its accuracy is unbiased.`;
  return (
    `The test set was looked at for ${trials} trials (${networks}): each accuracy is unbiased by itself; ` +
    'the highest of them is not.'
  );
}
