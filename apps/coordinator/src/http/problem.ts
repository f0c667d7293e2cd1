/** Every error of the API becomes RFC 9457 problem details; what a caller must not see stays in the log. */
import { InputError, type InputProblem, type Problem, RetryableError, coerceError } from '@seedbed/contracts';
import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** Seconds after which a caller may try again: an outage of Redis is noticed and healed within about this time. */
export const RETRY_AFTER_SECONDS = 2;

/** An answer other than success that a route chose, with words for the caller. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

export interface ProblemResponse {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** True when the error is ours and must be logged with its stack. */
  readonly unexpected: boolean;
}

/** Titles are fixed per type, as the standard asks; details vary. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  408: 'The request took too long to arrive',
  413: 'The request body is too large',
  414: 'The address is too long',
  415: 'The body must be application/json',
  431: 'The request headers are too large',
  500: 'Something went wrong in the coordinator',
  503: 'Redis cannot be reached',
};

/** @param thrown whatever a route, a parser or the framework threw */
export function problemOf(thrown: unknown, requestId: string): ProblemResponse {
  const error = coerceError(thrown);
  if (error instanceof HttpError) {
    return respond(error.status, requestId, { title: error.title, detail: error.detail }, error.headers);
  }
  if (error instanceof InputError) {
    return respond(400, requestId, { detail: error.message, problems: copyProblems(error.problems) });
  }
  if (error instanceof RetryableError) {
    const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
    return respond(503, requestId, { detail: awayBecause(error) }, headers);
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place = error.validationContext ?? 'request';
    const problems = error.validation.map((issue) => ({
      path: `${place}${issue.instancePath}`.replace(/\/$/, '').replaceAll('/', '.'),
      message: issue.message ?? 'is not valid',
    }));
    return respond(400, requestId, {
      detail: 'The request does not match the schema of this route.',
      problems,
    });
  }
  const status = frameworkStatusOf(error);
  if (status !== null) return respond(status, requestId, { detail: error.message });
  const detail = "The coordinator's log has the cause under this request id.";
  return { ...respond(500, requestId, { detail }), unexpected: true };
}

/** Which of the server's refusals a person must act on; addresses and commands stay in the log. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/memory limit/, 'The records are in Redis, which has reached its memory limit and refuses writes.'],
  [
    /cannot write to its disk/,
    'The records are in Redis, which cannot write to its disk and refuses writes.',
  ],
  [
    /read-only replica/,
    'The records are in Redis, which is a read-only replica: a failover may be under way.',
  ],
];

function awayBecause(error: RetryableError): string {
  const known = REFUSALS.find(([pattern]) => pattern.test(error.message));
  return known?.[1] ?? 'The records are in Redis, which does not answer. Try again soon.';
}

/** What the framework itself raises (JSON parse, body limit, media type, handler timeout) has harmless messages. */
function frameworkStatusOf(error: Error): number | null {
  const { statusCode, code } = error as Partial<FastifyError>;
  const isFrameworks = code?.startsWith('FST_') === true || error instanceof SyntaxError;
  if (!isFrameworks || statusCode === undefined) return null;
  return (statusCode >= 400 && statusCode < 500) || statusCode === 503 ? statusCode : null;
}

function copyProblems(problems: readonly InputProblem[]): NonNullable<Problem['problems']> {
  return problems.map(({ path, line, message }) =>
    line === undefined ? { path, message } : { path, line, message },
  );
}

function respond(
  status: number,
  requestId: string,
  body: Partial<Problem>,
  headers: Readonly<Record<string, string>> = {},
): ProblemResponse {
  const title = body.title ?? TITLES[status] ?? 'The request was refused';
  const problem = { type: `urn:seedbed:problem:${status}`, title, status, requestId, ...body };
  return { problem, headers, unexpected: false };
}
