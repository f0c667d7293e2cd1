/** Puts a wider sweep file in place of a sweep's; training what it adds is the conductor's affair. */
import { InputError, type SweepId, type SweepSpec, type SweepState, sha256 } from '@seedbed/contracts';
import { type SweepRecord, type SweepStore, revisionOf } from '@seedbed/queue';
import { extensionProblems, specDigestOf } from '@seedbed/search';

/** A failed check or a person's end is no state to go on from. */
const EXTENDABLE: readonly SweepState[] = ['running', 'paused', 'completed', 'incomplete'];
/** Others extend, pause or end the sweep meanwhile: then it is looked at anew. */
const TRIES_MAX = 5;

export type ExtendOutcome =
  /** `existing`: the sweep has this file already. */
  | { readonly kind: 'extended' | 'existing' }
  /** The idempotency key was used before, with another file. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'refused'; readonly state: SweepState }
  | { readonly kind: 'unknown-sweep' };

/**
 * @param extension.spec the whole file, with everything that the sweep's has and more
 * @param extension.idempotencyKey the same key and file extend once, however often the request is sent
 * @throws InputError naming what the file changes or lacks
 */
export async function extendSweep(
  store: SweepStore,
  sweepId: SweepId,
  extension: { readonly spec: SweepSpec; readonly idempotencyKey: string | null; readonly now: string },
): Promise<ExtendOutcome> {
  const { spec, idempotencyKey, now } = extension;
  const specDigest = specDigestOf(spec);
  const key = idempotencyKey === null ? null : sha256(idempotencyKey);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const record = await store.getSweep(sweepId);
    if (record === null) return { kind: 'unknown-sweep' };
    const before = sentBefore(record, key);
    if (before !== null) return { kind: before === specDigest ? 'existing' : 'conflict' };
    if (specDigestOf(record.spec) === specDigest) return { kind: 'existing' };
    if (!EXTENDABLE.includes(record.state)) return { kind: 'refused', state: record.state };
    const problems = extensionProblems(record.spec, spec);
    if (problems.length > 0) throw new InputError(problems);
    const isDone = await store.extendSweep(sweepId, {
      spec,
      extension: { at: now, key, specDigest },
      revision: revisionOf(record),
      from: EXTENDABLE,
    });
    if (isDone) return { kind: 'extended' };
  }
  throw new Error(`sweep "${sweepId}" changed ${TRIES_MAX} times while it was to be extended`);
}

/** Digest of the file that a request with this key brought; null where there was none. */
function sentBefore({ extensions = [] }: SweepRecord, key: string | null): string | null {
  return extensions.find((each) => key !== null && each.key === key)?.specDigest ?? null;
}
