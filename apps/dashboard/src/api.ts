/** Calls of the coordinator's API from its own page: the session's cookie says who is calling. */
import type {
  Decision,
  PlanResponse,
  Problem,
  ResultsResponse,
  RunCurve,
  RunsResponse,
  SweepList,
  SweepStatus,
  TrainersResponse,
} from '@seedbed/contracts';

/** An answer that says why not, as RFC 9457 has it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? problem?.title ?? `the coordinator answered ${status}`);
  }
}

/** Waiting helps: the server is away, or the coordinator restarts. A refusal stays one. */
export function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status >= 500 || error.status === 429;
}

export const SWEEP_ACTIONS = ['pause', 'resume', 'cancel', 'retry'] as const;
export type SweepAction = (typeof SWEEP_ACTIONS)[number];

const sweepPath = (sweepId: string): string => `/v1/sweeps/${encodeURIComponent(sweepId)}`;

export const api = {
  sweeps: (cursor: string | null) =>
    get<SweepList>(`/v1/sweeps${cursor === null ? '' : `?cursor=${cursor}`}`),
  sweep: (sweepId: string) => get<SweepStatus>(sweepPath(sweepId)),
  results: (sweepId: string) => get<ResultsResponse>(`${sweepPath(sweepId)}/results`),
  decisions: (sweepId: string) => get<{ decisions: Decision[] }>(`${sweepPath(sweepId)}/decisions`),
  runs: (sweepId: string, stage: string, trial: number) =>
    get<RunsResponse>(
      `${sweepPath(sweepId)}/runs?${new URLSearchParams({ stage, trial: String(trial), limit: '1000' })}`,
    ),
  curve: (sweepId: string, runId: string) =>
    get<RunCurve>(`${sweepPath(sweepId)}/runs/${encodeURIComponent(runId)}/curve`),
  trainers: () => get<TrainersResponse>('/v1/trainers'),
  plan: (spec: unknown) => post<PlanResponse>('/v1/plan', { spec }),
  launch: (spec: unknown, idempotencyKey: string) =>
    post<SweepStatus>('/v1/sweeps', { spec }, { 'idempotency-key': idempotencyKey }),
  act: (sweepId: string, action: SweepAction) => post<SweepStatus>(`${sweepPath(sweepId)}/${action}`),
  /** Exchanges a token for a cookie that scripts cannot read. */
  signIn: (token: string) =>
    call<void>('/v1/session', { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
  /** The same with a code that is good once. */
  redeem: (code: string) => post<void>('/v1/session/code', { code }),
};

function get<T>(path: string): Promise<T> {
  return call<T>(path, { method: 'GET' });
}

function post<T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  return call<T>(path, {
    method: 'POST',
    ...(body === undefined
      ? { headers }
      : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, credentials: 'same-origin' });
  if (!response.ok) throw new ApiError(response.status, await problemOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function problemOf(response: Response): Promise<Problem | null> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return null;
  }
}
