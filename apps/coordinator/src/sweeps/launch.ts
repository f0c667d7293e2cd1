import { randomBytes } from 'node:crypto';
import {
  LIMITS,
  type SweepId,
  type SweepSpec,
  canonicalJson,
  sha256,
  sweepIdSchema,
} from '@seedbed/contracts';
import type { SweepRecord, SweepStore } from '@seedbed/queue';

/** Hex digits that make a sweep's id unique among those of its name: 40 bits. */
const SUFFIX_LENGTH = 10;
/** A random id that is taken is drawn again; a second clash in 2⁴⁰ means that something else is wrong. */
const DRAWS_MAX = 3;

export type LaunchOutcome =
  | { readonly kind: 'created' | 'existing'; readonly record: SweepRecord }
  /** The idempotency key was used before, with another spec. */
  | { readonly kind: 'conflict'; readonly sweepId: SweepId };

/**
 * Records a new sweep; conducting it is the conductor's affair.
 *
 * @param launch.idempotencyKey the same key and spec give the same sweep, however often the request is sent
 * @param launch.now time of creation, ISO 8601
 */
export async function launchSweep(
  store: SweepStore,
  launch: { readonly spec: SweepSpec; readonly idempotencyKey: string | null; readonly now: string },
): Promise<LaunchOutcome> {
  const { spec, idempotencyKey, now } = launch;
  for (let draw = 0; draw < DRAWS_MAX; draw += 1) {
    const sweepId = newSweepId(spec.name, idempotencyKey);
    const record = {
      sweepId,
      spec,
      state: 'running',
      reason: null,
      createdAt: now,
      finishedAt: null,
    } as const;
    const outcome = await store.createSweep(record);
    if (outcome === 'created') return { kind: 'created', record: { ...record, numericsClass: null } };
    if (idempotencyKey === null) continue;
    const existing = await store.getSweep(sweepId);
    if (existing === null) continue;
    const isSame = canonicalJson(existing.spec) === canonicalJson(spec);
    return isSame ? { kind: 'existing', record: existing } : { kind: 'conflict', sweepId };
  }
  throw new Error(`no free id for a sweep named "${spec.name}" after ${DRAWS_MAX} draws`);
}

/** `<name, cut>-<10 hex digits>`: a name of a Redis key, a job id and a URL. */
export function newSweepId(name: string, idempotencyKey: string | null): SweepId {
  const suffix =
    idempotencyKey === null
      ? randomBytes(SUFFIX_LENGTH / 2).toString('hex')
      : sha256(idempotencyKey).slice(0, SUFFIX_LENGTH);
  const cut = name.slice(0, LIMITS.nameLengthMax - SUFFIX_LENGTH - 1).replace(/-+$/, '');
  return sweepIdSchema.parse(`${cut}-${suffix}`);
}
