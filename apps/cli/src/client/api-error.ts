import type { Problem } from '@seedbed/contracts';

/** The coordinator answered with an error; `problem` are its RFC 9457 details when it sent some. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
    request: string,
  ) {
    super(describe(status, problem, request));
  }
}

function describe(status: number, problem: Problem | null, request: string): string {
  if (status === 401) {
    return 'the coordinator refused the token: set SEEDBED_TOKEN to the one that it was started with';
  }
  const text = problem === null ? `answered ${status} to ${request}` : (problem.detail ?? problem.title);
  // A request id lets a person find the line in the coordinator's log.
  const id = status >= 500 && problem?.requestId !== undefined ? ` (request ${problem.requestId})` : '';
  return `the coordinator says: ${text}${id}`;
}
