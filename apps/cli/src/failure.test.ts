import { InputError, RetryableError, TerminalError } from '@seedbed/contracts';
import { ApiError } from './client/api-error.js';
import { FailedError, InterruptedError, UnreachableError } from './errors.js';
import { failureOf, reportFailure } from './failure.js';
import { memoryStream } from './testing/memory-stream.js';

test.each([
  [new InputError([{ path: 'a', message: 'is wrong' }]), 2],
  [new UnreachableError('nobody there'), 3],
  [new RetryableError('Redis is away'), 3],
  [new FailedError('failed'), 1],
  [new TerminalError('cannot be read'), 1],
  [new Error('a bug'), 1],
  ['a string', 1],
  [new InterruptedError('SIGINT'), 130],
  [new InterruptedError('SIGTERM'), 143],
  [new InterruptedError('SIGHUP'), 143],
  [new ApiError(400, null, 'POST /v1/sweeps'), 2],
  [new ApiError(401, null, 'GET /v1/sweeps'), 2],
  [new ApiError(404, null, 'GET /v1/sweeps/x'), 2],
  [new ApiError(409, null, 'POST /v1/sweeps/x/cancel'), 1],
  [new ApiError(500, null, 'GET /v1/sweeps'), 1],
  [new ApiError(503, null, 'GET /v1/sweeps'), 3],
])('%p ends with exit code %d', (thrown, exitCode) => {
  expect(failureOf(thrown).exitCode).toBe(exitCode);
});

test('each problem of an input stands on its own line, with file and line', () => {
  const error = new InputError([
    { path: 'sweep.yaml', line: 3, message: 'name: "A b" is no name' },
    { path: '--name', message: 'is empty' },
    { path: '', message: 'no path' },
  ]);
  expect(failureOf(error).lines).toEqual([
    'sweep.yaml:3: name: "A b" is no name',
    '--name: is empty',
    'no path',
  ]);
});

test("a refused request shows the coordinator's problems, or its words and the id to look for", () => {
  const refused = new ApiError(
    400,
    {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      problems: [{ path: 'spec.name', message: 'is long' }],
    },
    'POST /v1/sweeps',
  );
  expect(failureOf(refused).lines).toEqual(['spec.name: is long']);
  const broken = new ApiError(
    500,
    { type: 'about:blank', title: 'Internal Server Error', status: 500, requestId: 'r-7' },
    'GET /v1/sweeps',
  );
  expect(failureOf(broken).lines).toEqual(['the coordinator says: Internal Server Error (request r-7)']);
});

test('with --json the same stands on stdout as one document', () => {
  const stdout = memoryStream();
  const stderr = memoryStream();
  reportFailure(
    { exitCode: 2, lines: ['one', 'two'] },
    { stdout: stdout.stream, stderr: stderr.stream, json: true },
  );
  expect(stderr.text()).toBe('seedbed: one\nseedbed: two\n');
  expect(JSON.parse(stdout.text())).toEqual({ error: { exitCode: 2, problems: ['one', 'two'] } });
});
