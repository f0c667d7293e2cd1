/** From whatever a command threw to what is printed and which exit code it ends with. */
import { coerceError, InputError, RetryableError } from '@seedbed/contracts';
import { printJson, printLine, type TerminalStream } from './cli-context.js';
import { ApiError } from './client/api-error.js';
import { FailedError, InterruptedError, UnreachableError } from './errors.js';
import { EXIT_CODES, type ExitCode } from './exit-codes.js';

export interface Failure {
  readonly exitCode: ExitCode;
  /** One problem a line. */
  readonly lines: readonly string[];
}

export function failureOf(thrown: unknown): Failure {
  const error = coerceError(thrown);
  if (error instanceof InputError)
    return { exitCode: EXIT_CODES.badInput, lines: error.problems.map(problemLine) };
  if (error instanceof UnreachableError) return { exitCode: EXIT_CODES.unreachable, lines: [error.message] };
  if (error instanceof FailedError) return { exitCode: EXIT_CODES.failed, lines: error.message.split('\n') };
  if (error instanceof ApiError) return { exitCode: exitCodeOfStatus(error.status), lines: apiLines(error) };
  if (error instanceof InterruptedError) {
    const exitCode = error.by === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated;
    return { exitCode, lines: [error.message] };
  }
  if (error instanceof RetryableError) return { exitCode: EXIT_CODES.unreachable, lines: [error.message] };
  return { exitCode: EXIT_CODES.failed, lines: [error.message || error.name] };
}

/** Prints to stderr for people and, for `--json`, the same as one document on stdout. */
export function reportFailure(
  failure: Failure,
  streams: { readonly stdout: TerminalStream; readonly stderr: TerminalStream; readonly json: boolean },
): void {
  for (const line of failure.lines) printLine(streams.stderr, `seedbed: ${line}`);
  if (streams.json) {
    printJson(streams.stdout, { error: { exitCode: failure.exitCode, problems: failure.lines } });
  }
}

/**
 * `file:line: message` reads and clicks like a compiler's. A problem whose path already names its file and line (as
 * @seedbed/search writes them) is printed as it is.
 */
function problemLine(problem: { path: string; line?: number | undefined; message: string }): string {
  const where = problem.line === undefined ? problem.path : `${problem.path}:${problem.line}`;
  return where === '' ? problem.message : `${where}: ${problem.message}`;
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 503) return EXIT_CODES.unreachable;
  // 409 is right input at the wrong time; every other 4xx (unknown sweep, wrong token) is the caller's to change.
  return status >= 400 && status < 500 && status !== 409 ? EXIT_CODES.badInput : EXIT_CODES.failed;
}

function apiLines(error: ApiError): string[] {
  const problems = error.problem?.problems ?? [];
  return problems.length > 0 ? problems.map(problemLine) : [error.message];
}
