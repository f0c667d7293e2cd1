import { runInNewContext } from 'node:vm';
import {
  assertNever,
  coerceError,
  formatProblem,
  InputError,
  RetryableError,
  TerminalError,
} from './errors.js';

test('an input error says all its problems, with place and line', () => {
  const error = new InputError([
    { path: 'a.b', line: 3, message: 'found 1; must be 2' },
    { path: 'c', message: 'is missing' },
  ]);
  expect(error.message).toBe('line 3, a.b: found 1; must be 2\nc: is missing');
  expect(error.problems).toHaveLength(2);
  expect(formatProblem({ path: '', message: 'the file is empty' })).toBe('the file is empty');
  expect(formatProblem({ path: '', line: 3, message: 'is not a map' })).toBe('line 3: is not a map');
});

test('families can be told apart by class and by name', () => {
  expect(
    [new InputError([]), new RetryableError('x'), new TerminalError('x')].map(({ name }) => name),
  ).toEqual(['InputError', 'RetryableError', 'TerminalError']);
  expect(new TerminalError('x')).not.toBeInstanceOf(RetryableError);
});

test('whatever was thrown becomes an Error that keeps what it said', () => {
  const error = new RetryableError('away');
  expect(coerceError(error)).toBe(error);
  expect(coerceError('text').message).toBe('text');
  expect(coerceError(undefined).message).toBe('undefined');
  expect(coerceError(runInNewContext('new Error("from another realm")'))).toMatchObject({
    message: 'from another realm',
  });
});

test('a case that cannot be is named', () =>
  expect(() => assertNever('x' as never, 'state')).toThrow('unexpected state: "x"'));
