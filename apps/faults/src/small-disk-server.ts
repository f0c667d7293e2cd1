/** A throw-away server on a small disk in memory, which can be filled. Needs the right to mount. */
import { startThrowawayServer, type ThrowawayServer } from '@seedbed/queue/server-fixture';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Holds what several sweeps write. */
const DISK_SIZE = '48m';
const PORTION = Buffer.alloc(64 * 1_024, 1);
const BALLAST = 'ballast';

/** Null when a disk can be mounted; else why not, for people. */
export function whyNoSmallDisk(): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'seedbed-mount-'));
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]);
  if (status === 0) execFileSync('umount', [directory]);
  rmdirSync(directory);
  return status === 0 ? null : `no disk can be mounted: ${error?.message ?? String(stderr).trim()}`;
}

export async function startSmallDiskServer(): Promise<ThrowawayServer> {
  const disk = mkdtempSync(join(tmpdir(), 'seedbed-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', disk]);
  const unmount = () => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  };
  try {
    const server = await startThrowawayServer({ parentDirectory: disk });
    return Object.assign(Object.create(server) as ThrowawayServer, {
      stop: async () => {
        await server.stop();
        unmount();
      },
    });
  } catch (error) {
    unmount();
    throw error;
  }
}

/** Takes all space that the server's disk has left. */
export function fillDisk({ directory }: ThrowawayServer): void {
  const file = openSync(join(dirname(directory), BALLAST), 'a');
  try {
    for (let bytes = PORTION.length; bytes >= 1; bytes = Math.floor(bytes / 2)) fillWith(file, bytes);
  } finally {
    closeSync(file);
  }
}

export function freeDisk({ directory }: ThrowawayServer): void {
  rmSync(join(dirname(directory), BALLAST), { force: true });
}

function fillWith(file: number, bytes: number): void {
  try {
    while (writeSync(file, PORTION, 0, bytes) === bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
