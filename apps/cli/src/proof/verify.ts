/** Trains runs again on this machine and compares what comes out with what was claimed, bit for bit. */
import { runIdOf, resultDigestOf, type RunResult } from '@seedbed/contracts';
import { type LocalTrainingOptions, trainLocally } from '@seedbed/trainer';
import type { Claim } from './claim.js';

/**
 * - `equal`: the same digest, so the same bits
 * - `different`: other bits from a machine that must give the same: the claim does not hold
 * - `other-class`: other bits, from a machine whose arithmetic rounds otherwise (or it is not known whether it does): no
 *   proof either way
 * - `forged`: the run id does not follow from the settings that were given for it; nothing was trained
 */
export type Verdict = 'equal' | 'different' | 'other-class' | 'forged';

export interface VerifiedRun {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** Digest of what was found here; null where nothing was trained. */
  readonly found: string | null;
  readonly result: RunResult | null;
}

export interface Verification {
  /** This machine's. Null when nothing was trained. */
  readonly numericsClass: string | null;
  /** In the order of the claims. */
  readonly runs: readonly VerifiedRun[];
}

export type VerifyMachine = Pick<
  LocalTrainingOptions,
  'children' | 'childPath' | 'childArguments' | 'environment' | 'logger' | 'signal'
>;

/** @param onVerified called as results come */
export async function verifyClaims(
  claims: readonly Claim[],
  machine: VerifyMachine,
  onVerified: (run: VerifiedRun) => void,
): Promise<Verification> {
  const verified = new Map<Claim, VerifiedRun>();
  const note = (run: VerifiedRun): void => {
    verified.set(run.claim, run);
    onVerified(run);
  };
  const honest = claims.filter((claim) => runIdOf(claim.settings) === claim.runId);
  for (const claim of claims) {
    if (!honest.includes(claim)) note({ claim, verdict: 'forged', found: null, result: null });
  }
  let numericsClass: string | null = null;
  if (honest.length > 0) {
    await trainLocally({
      ...machine,
      runs: honest.map(({ settings }) => settings),
      onStart: (identity) => (numericsClass = identity.numericsClass),
      onResult: (place, result) => {
        const claim = honest[place];
        if (claim !== undefined) note(compared(claim, result, numericsClass));
      },
    });
  }
  return { numericsClass, runs: claims.flatMap((claim) => verified.get(claim) ?? []) };
}

function compared(claim: Claim, result: RunResult, numericsClass: string | null): VerifiedRun {
  const found = resultDigestOf(result);
  const isSameClass = claim.numericsClass === numericsClass;
  const verdict = found === claim.digest ? 'equal' : isSameClass ? 'different' : 'other-class';
  return { claim, verdict, found, result };
}
