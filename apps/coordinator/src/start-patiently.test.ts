import { RetryableError, TerminalError } from '@seedbed/contracts';
import { startPatiently } from './start-patiently.js';

const away = new RetryableError('Redis did not answer');

/** Fails with the given errors, one a try, and then starts. */
function startAfter(...failures: Error[]) {
  const start = jest.fn(async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return 'started';
  });
  return { start, logger: { warn: jest.fn() } };
}

it('waits for Redis as long as it is told to, and says so', async () => {
  const { start, logger } = startAfter(away, away);
  await expect(startPatiently(start, { startPatienceMs: 60_000, logger })).resolves.toBe('started');
  expect(start).toHaveBeenCalledTimes(3);
  expect(logger.warn).toHaveBeenCalledWith({ reason: away.message }, 'waiting for Redis');
});

it('fails at once without patience', async () => {
  const { start, logger } = startAfter(away);
  await expect(startPatiently(start, { startPatienceMs: 0, logger })).rejects.toBe(away);
  expect(start).toHaveBeenCalledTimes(1);
});

it('does not wait for what will not come by waiting', async () => {
  const refused = new TerminalError('Redis refused access');
  const { start, logger } = startAfter(refused);
  await expect(startPatiently(start, { startPatienceMs: 60_000, logger })).rejects.toBe(refused);
});
