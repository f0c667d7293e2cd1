import { RetryableError } from '@seedbed/contracts';
import { type Redis } from 'ioredis';
import { commitOf, sweepRecordOf } from './conformance/test-data.js';
import { Connection } from './connection.js';
import { QUEUE_DEFAULTS } from './interfaces.js';
import { startThrowawayServer } from './server-fixture.js';
import { readServerRoom, UNKNOWN_ROOM } from './server-room.js';
import { openSweepStore } from './sweep-store.js';

it('shows the coordinator a full server, which answers and refuses results', async () => {
  const server = await startThrowawayServer();
  const direct = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
  const store = await openSweepStore({ ...QUEUE_DEFAULTS, url: server.urls.coordinator });
  try {
    await store.createSweep(sweepRecordOf('lambda-search'));
    const roomy = await store.serverRoom();
    expect(roomy).toMatchObject({ maxMemoryBytes: 0, isJournalWritten: true });
    const used = roomy.usedMemoryBytes ?? 0;
    expect(used).toBeGreaterThan(100_000);
    // Less than what it uses already.
    const limit = Math.floor(used / 2);
    await direct.redis.config('SET', 'maxmemory', limit);
    await expect(store.commit(commitOf())).rejects.toThrow(RetryableError);
    const full = await store.serverRoom();
    expect(full).toMatchObject({ maxMemoryBytes: limit, isJournalWritten: true });
    expect(full.usedMemoryBytes).toBeGreaterThan(limit);
  } finally {
    await Promise.all([store.close(), direct.close()]);
    await server.stop();
  }
});

it('says what the server says of its append-only file, and nothing of what it hides', async () => {
  const told = (info: () => Promise<string>) => readServerRoom({ info } as unknown as Redis);
  const status = (...lines: string[]) => told(async () => ['# Persistence', ...lines, ''].join('\r\n'));
  expect(await status('aof_enabled:1', 'aof_last_write_status:err')).toEqual({
    ...UNKNOWN_ROOM,
    isJournalWritten: false,
  });
  expect(await status('aof_enabled:0', 'aof_last_write_status:ok')).toEqual(UNKNOWN_ROOM);
  const refuse = (message: string) => told(() => Promise.reject(new Error(message)));
  expect(await refuse("NOPERM this user has no permissions to run the 'info' command")).toEqual(UNKNOWN_ROOM);
  await expect(refuse('Connection is closed.')).rejects.toThrow('closed');
});
