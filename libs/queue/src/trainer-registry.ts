import {
  KEYS,
  trainerIdSchema,
  type TrainerId,
  type TrainerStatus,
  trainerStatusSchema,
} from '@seedbed/contracts';
import type { Redis } from 'ioredis';

export async function heartbeat(redis: Redis, status: TrainerStatus, expiresAfterMs: number): Promise<void> {
  await Promise.all([
    redis.set(KEYS.trainer(status.trainerId), JSON.stringify(status), 'PX', expiresAfterMs),
    redis.sadd(KEYS.trainers, status.trainerId),
  ]);
}

export async function removeTrainer(redis: Redis, trainerId: TrainerId): Promise<void> {
  await Promise.all([redis.srem(KEYS.trainers, trainerId), redis.del(KEYS.trainer(trainerId))]);
}

/** Trainers whose heartbeat has not expired, by id; one that cannot be read (another version's) is left out. */
export async function listTrainers(redis: Redis): Promise<TrainerStatus[]> {
  const names = await redis.smembers(KEYS.trainers);
  const ids = names.flatMap((name) => trainerIdSchema.safeParse(name).data ?? []).sort();
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map((id) => KEYS.trainer(id)));
  const expired = ids.filter((_, index) => texts[index] === null);
  // A trainer that returns at this very moment is listed again by its next heartbeat.
  if (expired.length > 0) await redis.srem(KEYS.trainers, ...expired);
  return texts.flatMap((text) => {
    if (text == null) return [];
    return trainerStatusSchema.safeParse(parsedOrNull(text)).data ?? [];
  });
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
