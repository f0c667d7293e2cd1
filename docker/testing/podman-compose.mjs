// podman-compose, pinned: Debian 12's own (1.0.3) passes over limits on processes without a word.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureEntry } from '../../tools/bootstrap/cache-entry.mjs';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { downloadWheel } from '../../tools/bootstrap/pip.mjs';
import { createReporter } from '../../tools/bootstrap/reporter.mjs';
import { extractMember, readZipDirectory } from '../../tools/bootstrap/zip-reader.mjs';

const WHEEL = {
  project: 'podman-compose',
  version: '1.6.0',
  platformTag: 'any',
  sha256: '98e48af25d44c10ecef948163bfcca002e32aa8bbb7e66593fbd4faff7270c30',
  bytes: 53_722,
};
const PROGRAM = 'podman_compose.py';

/** @returns {string | null} why it cannot run here */
export function missingForCompose() {
  const { status } = spawnSync('python3', ['-c', 'import yaml, dotenv']);
  return status === 0 ? null : 'python3 with yaml and dotenv not found (.ci/run installs them on Debian)';
}

/** @returns {Promise<string[]>} the command */
export async function podmanCompose() {
  const reporter = createReporter();
  const name = `podman-compose-${WHEEL.version}-${WHEEL.sha256.slice(0, 12)}`;
  const request = { cacheDirectory: cacheDirectory(), name, part: 'podman-compose', reporter };
  const { directory } = await ensureEntry(request, async (folder) => {
    const context = { environment: process.env, reporter, part: 'podman-compose' };
    const wheel = await downloadWheel(WHEEL, join(folder, 'download'), context);
    for (const member of await readZipDirectory(wheel)) {
      if (member.name === PROGRAM) await extractMember(wheel, member, join(folder, PROGRAM));
    }
    return { version: WHEEL.version };
  });
  return ['python3', join(directory, PROGRAM)];
}
