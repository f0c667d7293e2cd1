import { InputError, RetryableError, TerminalError } from '@seedbed/contracts';
import { isConnectionLoss, translateRedisError } from './redis-errors.js';

it.each([
  'MISCONF Errors writing to the AOF file: No space left on device',
  'ERR Error running script (call to f_1): @user_script:1: -MISCONF Redis is configured to save RDB snapshots',
])('says that the disk is at fault: %s', (reply) => {
  const error = translateRedisError('h:1', 'commit a result', new Error(reply));
  expect(error).toBeInstanceOf(RetryableError);
  expect(error.message).toMatch(/^Redis at h:1 refused "commit a result".*disk/);
});

it.each([
  ["OOM command not allowed when used memory > 'maxmemory'.", /memory limit/],
  ['READONLY You can’t write against a read only replica.', /replica/],
  ['LOADING Redis is loading the dataset in memory', /not ready/],
  ['connect ECONNREFUSED 127.0.0.1:1', /away/],
])('may be tried again: %s', (reply, expected) => {
  const error = translateRedisError('h:1', 'x', new Error(reply));
  expect(error).toBeInstanceOf(RetryableError);
  expect(error.message).toMatch(expected);
});

it.each([
  'NOAUTH Authentication required.',
  'WRONGPASS invalid pair',
  'WRONGTYPE wrong kind',
  'ERR unknown command',
])('cannot succeed later: %s', (reply) => {
  expect(translateRedisError('h:1', 'x', new Error(reply))).toBeInstanceOf(TerminalError);
});

it('keeps nothing of what ioredis attaches, which may be a password', () => {
  const thrown = Object.assign(new Error('WRONGPASS no'), { command: { name: 'auth', args: ['hunter2'] } });
  const error = translateRedisError('h:1', 'connect', thrown);
  expect(JSON.stringify([error, error.cause ?? null, error.stack])).not.toContain('hunter2');
});

it('passes our own errors on, and knows a lost connection by name or message', () => {
  const ours = new InputError([{ path: '', message: 'no' }]);
  expect(translateRedisError('h:1', 'x', ours)).toBe(ours);
  expect(isConnectionLoss(Object.assign(new Error('…'), { name: 'MaxRetriesPerRequestError' }))).toBe(true);
  expect(isConnectionLoss(new Error('WRONGTYPE'))).toBe(false);
});
