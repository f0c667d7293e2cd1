/** The families of error. Which family applies is decided where the error is raised, never guessed later. */

/** One thing that is wrong with an input: where, what was found, what would be right. */
export interface InputProblem {
  /** Dotted path of the field, e.g. `stages[0].parameters.lambda.min`; empty for the whole document. */
  readonly path: string;
  /** 1-based line in the source file, where there is one. */
  readonly line?: number;
  /** A sentence that names the value found and says what would be right. */
  readonly message: string;
}

/** The caller's input is wrong; nothing was changed. HTTP 400, exit code 2. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
  constructor(
    readonly problems: readonly InputProblem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(formatProblem).join('\n'), options);
  }
}

/** Something outside failed (network, server away, killed process): trying again later can succeed. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
}

/** A record was written by another version of Seedbed; a process of that version can read it, this one leaves it alone. */
export class OtherVersionError extends RetryableError {
  override readonly name = 'OtherVersionError';
}

/** Trying again cannot succeed without a change by a person. */
export class TerminalError extends Error {
  override readonly name: string = 'TerminalError';
}

export function formatProblem(problem: InputProblem): string {
  const line = problem.line === undefined ? [] : [`line ${problem.line}`];
  const path = problem.path === '' ? [] : [problem.path];
  const where = [...line, ...path].join(', ');
  return where === '' ? problem.message : `${where}: ${problem.message}`;
}

/** Turns whatever was thrown into an Error, keeping it as it is when it already is one. */
export function coerceError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  // Errors from another realm (jest's sandbox, a child's message) fail instanceof but carry a message.
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
    return new Error(String(thrown.message), { cause: thrown });
  }
  return new Error(String(thrown));
}

/** Marks a `switch` over a union as exhaustive: a new member fails to compile until it is handled. */
export function assertNever(value: never, what: string): never {
  throw new TypeError(`unexpected ${what}: ${JSON.stringify(value)}`);
}
