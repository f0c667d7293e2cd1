/** Where the queue would live, and whether it can be trusted with results. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { coerceError } from '@seedbed/contracts';
import { inspectServer, redactServerUrl } from '@seedbed/queue';
import type { FoundBootstrapState } from '../system/bootstrap-state.js';
import { chooseServer } from '../system/server-choice.js';
import { type Finding, ok, problem, warning } from './finding.js';

const VERSION_TIMEOUT_MS = 5_000;

export async function checkServer(
  environment: NodeJS.ProcessEnv,
  bootstrap: FoundBootstrapState,
): Promise<Finding> {
  try {
    const choice = chooseServer({ environment: environment['REDIS_URL'] }, bootstrap);
    return choice.kind === 'url' ? await checkUrl(choice.url) : await checkBinary(choice.path);
  } catch (thrown: unknown) {
    return problem(
      'server',
      coerceError(thrown).message,
      'set REDIS_URL, or install redis-server and run `npm run setup`',
    );
  }
}

async function checkUrl(url: string): Promise<Finding> {
  const shown = redactServerUrl(url);
  try {
    const report = await inspectServer(url);
    const facts = { url: shown, ...report };
    const detail = `REDIS_URL ${shown}: ${report.kind} ${report.version}`;
    const doubts = [...report.warnings, ...report.unknown];
    if (doubts.length === 0) return ok('server', detail, facts);
    return warning('server', `${detail}: ${doubts.join('; ')}`, 'mend this before results matter', facts);
  } catch (thrown: unknown) {
    const detail = `REDIS_URL ${shown} cannot be used: ${coerceError(thrown).message}`;
    return problem(
      'server',
      detail,
      'start that server, correct REDIS_URL, or unset it to use an own server',
      { url: shown },
    );
  }
}

async function checkBinary(path: string): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    const version = /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim();
    return ok('server', `own server ${path}, version ${version}`, { path, version });
  } catch (thrown: unknown) {
    const detail = `${path} does not run: ${coerceError(thrown).message}`;
    return problem('server', detail, 'run `npm run setup` again', { path });
  }
}
