/**
 * Looks at a system before joining it, so that a wrong word is one clear line here rather than a trainer that fails over and
 * over. A system that is merely away is waited for: it may be starting, or be restarted.
 */
import { type Join, RetryableError, SEEDBED_VERSION } from '@seedbed/contracts';
import { inspectServer } from '@seedbed/queue';
import { type CliContext, printLine } from '../cli-context.js';
import { backoffMs, waitMs } from '../client/backoff.js';
import { createCoordinatorClient } from '../client/coordinator-client.js';
import { UnreachableError } from '../errors.js';

/** A system restarts within seconds; a wrong address must not look like one for long. */
const PATIENCE_MS = 60_000;

/** @throws TerminalError or ApiError when it refuses us; UnreachableError when nobody answers for a minute */
export async function checkJoin({ stderr, signal }: CliContext, join: Join): Promise<void> {
  const client = createCoordinatorClient({
    connection: () => join,
    signal,
    patienceMs: PATIENCE_MS,
    onAway: (away, reason) => printLine(stderr, away ? `${reason}; waiting for it` : reason),
  });
  const { seedbed } = await client.health();
  if (seedbed !== SEEDBED_VERSION) {
    printLine(stderr, `the coordinator is Seedbed ${seedbed}, this is ${SEEDBED_VERSION}`);
  }
  await untilQueueAnswers(join.redisUrl, signal);
}

async function untilQueueAnswers(url: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await inspectServer(url);
      return;
    } catch (thrown: unknown) {
      if (!(thrown instanceof RetryableError)) throw thrown;
      if (Date.now() > giveUpAt) throw new UnreachableError(thrown.message, { cause: thrown });
      await waitMs(backoffMs(attempt), signal);
    }
  }
}
