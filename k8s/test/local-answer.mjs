// The answer that a run of the same sweep on this machine gives, without any cluster: what the cluster's must equal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../../tools/bootstrap/repository.mjs';
import { command } from '../cluster/command.mjs';

export const SEEDBED = [process.execPath, join(repositoryRoot, 'apps', 'cli', 'bin', 'seedbed.js')];
const SWEEP_TIMEOUT_MS = 600_000;

/**
 * @param {string} sweepFile
 * @param {string} directory for the server's data; an empty or new folder
 * @returns {Promise<string>} the bytes of answer.json
 */
export async function localAnswer(sweepFile, directory) {
  const token = randomBytes(24).toString('hex');
  const environment = {
    ...process.env,
    // A server of its own, whatever this machine's REDIS_URL says.
    REDIS_URL: '',
    SEEDBED_TOKEN: token,
    XDG_STATE_HOME: directory,
    SEEDBED_LOG_LEVEL: 'warn',
  };
  const [program = '', ...first] = SEEDBED;
  const up = spawn(
    program,
    [
      ...first,
      'up',
      '--json',
      '--listen',
      '127.0.0.1:0',
      '--children',
      '2',
      '--directory',
      join(directory, 'up'),
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(up, 'exit');
  try {
    const { url } = JSON.parse(await firstLine(up.stdout));
    const client = { ...environment, SEEDBED_URL: url };
    return await answerOf(sweepFile, { env: client, url, token });
  } finally {
    up.kill('SIGTERM');
    await ended;
  }
}

/** @param {import('node:stream').Readable} stream */
async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('seedbed up ended before it was ready');
}

/**
 * @param {string} sweepFile
 * @param {{env: NodeJS.ProcessEnv, url: string, token: string}} where
 */
async function answerOf(sweepFile, { env, url, token }) {
  const launched = await command([...SEEDBED, 'launch', sweepFile, '--json'], { env });
  const { sweepId } = JSON.parse(launched);
  await command([...SEEDBED, 'watch', sweepId], { env, timeoutMs: SWEEP_TIMEOUT_MS });
  const response = await fetch(`${url}/v1/sweeps/${sweepId}/answer`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the answer was refused with ${response.status}`);
  return response.text();
}
