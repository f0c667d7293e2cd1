/** What rows keep of a commit: all but the curve, of which the last point stays. */
import type { Commit, CurvePoint, RunResult } from '@seedbed/contracts';

export interface RunFacts {
  readonly digest: string;
  readonly numericsClass: string;
  /** Its curve is left out. */
  readonly result: RunResult;
  /** The last evaluation; null for a check, which has none. */
  readonly last: CurvePoint | null;
  readonly provenance: Commit['provenance'];
}

export function runFactsOf({ digest, numericsClass, result, provenance }: Commit): RunFacts {
  if ('scores' in result) {
    return { digest, numericsClass, result: { ...result, scores: [] }, last: null, provenance };
  }
  if (!('curve' in result)) return { digest, numericsClass, result, last: null, provenance };
  const last = result.curve.at(-1) ?? null;
  return { digest, numericsClass, result: { ...result, curve: [] }, last, provenance };
}
