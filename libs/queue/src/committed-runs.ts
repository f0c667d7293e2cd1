import { KEYS, type NumericsClass, type RunId } from '@seedbed/contracts';
import type { Redis } from 'ioredis';
import { Script } from './script.js';

/** Runs looked up by one script: half a millisecond of the server's time. */
const RUNS_PER_SCRIPT = 1_000;

/** KEYS: runs. ARGV: numerics class, or nothing for any. Answers the places (from 1) of those that are committed. */
const COMMITTED = new Script(`
local places = {}
for place, key in ipairs(KEYS) do
  local found
  if ARGV[1] then found = redis.call('HEXISTS', key, ARGV[1]) else found = redis.call('EXISTS', key) end
  if found == 1 then places[#places + 1] = place end
end
return places
`);

export async function committedRuns(
  redis: Redis,
  runIds: readonly RunId[],
  numericsClass: NumericsClass | null,
): Promise<RunId[]> {
  const committed: RunId[] = [];
  for (let first = 0; first < runIds.length; first += RUNS_PER_SCRIPT) {
    const ids = runIds.slice(first, first + RUNS_PER_SCRIPT);
    const keys = ids.map((runId) => KEYS.run(runId));
    const places = await COMMITTED.run(redis, keys, numericsClass === null ? [] : [numericsClass]);
    for (const place of places as number[]) committed.push(ids[place - 1]!);
  }
  return committed;
}
