import { type GradientCheckedResult, type GradientErrors } from '@seedbed/contracts';

const GROUPS = ['W1', 'W2', 'b1', 'b2'] as const;

/** What was wrong with a gradient check: its largest error and its smallest share below 1e-6. Null when it passed. */
export function gradientCheckFault({
  passed,
  native,
  reference,
  samples,
}: GradientCheckedResult): string | null {
  if (passed) return null;
  return (
    `gradient check on ${samples} samples failed: trainer ${describe(native)}; ` +
    `float64 reference ${describe(reference)}`
  );
}

function describe({ maxError, shareBelow1em6 }: GradientErrors): string {
  const worst = GROUPS.reduce((a, b) => (maxError[b] > maxError[a] ? b : a));
  const least = GROUPS.reduce((a, b) => (shareBelow1em6[b] < shareBelow1em6[a] ? b : a));
  const share = (100 * shareBelow1em6[least]).toFixed(2);
  return `largest error ${maxError[worst].toExponential(3)} (${worst}), ${share} % of ${least} below 1e-6`;
}
