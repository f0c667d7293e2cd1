import type { Redis } from 'ioredis';
import type { ServerRoom } from './interfaces.js';
import { infoFields } from './server-info.js';

/** Of a server that does not say, or is none. */
export const UNKNOWN_ROOM: ServerRoom = {
  usedMemoryBytes: null,
  maxMemoryBytes: null,
  isJournalWritten: null,
};

/** A user without INFO may use the server all the same: then nothing is known of its room. */
export async function readServerRoom(redis: Redis): Promise<ServerRoom> {
  const text = await redis.info().catch((thrown: unknown) => {
    if (thrown instanceof Error && /NOPERM|unknown command/i.test(thrown.message)) return null;
    throw thrown;
  });
  return text === null ? UNKNOWN_ROOM : roomOf(infoFields(text));
}

function roomOf(fields: ReadonlyMap<string, string>): ServerRoom {
  const bytes = (name: string) => {
    const value = fields.get(name);
    return value === undefined ? null : Number(value);
  };
  const status = fields.get('aof_enabled') === '1' ? fields.get('aof_last_write_status') : undefined;
  return {
    usedMemoryBytes: bytes('used_memory'),
    maxMemoryBytes: bytes('maxmemory'),
    isJournalWritten: status === undefined ? null : status === 'ok',
  };
}
