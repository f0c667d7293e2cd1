/**
 * Curves of runs in training: a hash per run, step → point. A point that comes twice (a killed run is trained again, with
 * the same bits) replaces itself. The commit script deletes them; the commit has the whole curve.
 */
import {
  type CurvePoint,
  curvePointSchema,
  KEYS,
  LIMITS,
  type RunId,
  type SweepId,
} from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.js';
import { parseStored } from './stored-json.js';

/** What is left by runs that never get a commit (cancelled, given up) goes by itself. */
export const LIVE_CURVE_KEPT_MS = 24 * 60 * 60 * 1000;

/** KEYS: the run's curve. ARGV: points kept, kept for ms, then step and point by turns. */
const APPEND = new Script(`
for i = 3, #ARGV, 2 do
  if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) or redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

export async function appendCurves(
  redis: Redis,
  sweepId: SweepId,
  points: ReadonlyMap<RunId, readonly CurvePoint[]>,
): Promise<void> {
  const known = [...points].filter(([, ofRun]) => ofRun.length > 0);
  await Promise.all(
    known.map(([runId, ofRun]) => {
      const entries = ofRun.flatMap((point) => [point.step, JSON.stringify(point)]);
      const limits = [LIMITS.evaluationsPerRunMax, LIVE_CURVE_KEPT_MS];
      return APPEND.run(redis, [KEYS.curve(sweepId, runId)], [...limits, ...entries]);
    }),
  );
}

export async function readCurve(redis: Redis, sweepId: SweepId, runId: RunId): Promise<CurvePoint[]> {
  const texts = await redis.hvals(KEYS.curve(sweepId, runId));
  return texts
    .map((text) => parseStored(curvePointSchema, text, `a curve point of run ${runId}`))
    .sort((a, b) => a.step - b.step);
}
