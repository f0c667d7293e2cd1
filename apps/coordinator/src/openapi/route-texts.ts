/** What schemas cannot say about routes. A route without a text is described by its method and path. */

export interface RouteText {
  readonly summary: string;
  /** Statuses beyond those that follow from a route's parameters and body. */
  readonly problems?: readonly number[];
  /** Media type of an answer that is no JSON, or that no schema describes. */
  readonly answers?: string;
  /** Asks for no token. */
  readonly isOpen?: boolean;
  /** Answers 204. */
  readonly isEmpty?: boolean;
}

export const ROUTE_TEXTS: Readonly<Record<string, RouteText>> = {
  'POST /v1/sweeps': {
    summary: 'Launch a sweep; the same Idempotency-Key gives the same one',
    problems: [409],
  },
  'GET /v1/sweeps': { summary: 'Sweeps, newest first' },
  'POST /v1/plan': { summary: 'What a sweep file would train; nothing is written' },
  'GET /v1/sweeps/:sweepId': { summary: 'Status of a sweep' },
  'POST /v1/sweeps/:sweepId/pause': { summary: 'Hand out nothing new', problems: [409] },
  'POST /v1/sweeps/:sweepId/resume': { summary: 'Go on', problems: [409] },
  'POST /v1/sweeps/:sweepId/cancel': { summary: 'End it', problems: [409] },
  'POST /v1/sweeps/:sweepId/retry': {
    summary: 'Give runs that were set aside another chance',
    problems: [409],
  },
  'POST /v1/sweeps/:sweepId/extend': {
    summary: 'Put a wider sweep file in place of its own; only what is missing is trained',
    problems: [409],
  },
  'GET /v1/sweeps/:sweepId/results': { summary: 'Statistics by stage and trial' },
  'GET /v1/sweeps/:sweepId/runs': { summary: 'Runs with their commits, by pages' },
  'GET /v1/sweeps/:sweepId/query': {
    summary: 'Trials or runs by any field: filtered, sorted, grouped, by pages',
  },
  'GET /v1/sweeps/:sweepId/export': {
    summary: 'Trials or runs as CSV or JSON Lines',
    answers: 'application/octet-stream',
  },
  'GET /v1/sweeps/:sweepId/runs/:run': {
    summary: 'One run, and where its result comes from',
    problems: [409],
  },
  'GET /v1/sweeps/:sweepId/runs/:run/curve': { summary: 'Evaluations of one run', problems: [409] },
  'GET /v1/sweeps/:sweepId/answer': { summary: 'The bytes of answer.json', answers: 'application/json' },
  'GET /v1/sweeps/:sweepId/decisions': { summary: 'Decisions of the conductor, by number' },
  'GET /v1/sweeps/:sweepId/dead-letters': { summary: 'Blocks that were set aside, with reasons' },
  'GET /v1/sweeps/:sweepId/events': {
    summary:
      'Server-sent events: snapshot, status, commits, decisions. Resumes by Last-Event-ID; a snapshot says that more was missed than is kept',
    answers: 'text/event-stream',
  },
  'GET /v1/trainers': { summary: 'Trainers that are alive, and what they train' },
  'GET /v1/health': { summary: 'Whether all is well' },
  'GET /v1/health/live': { summary: 'Whether the process answers', isOpen: true },
  'GET /livez': { summary: 'Whether only a fresh process would help', isOpen: true },
  'GET /readyz': { summary: 'Whether Redis answers', isOpen: true },
  'GET /v1/scale': { summary: 'Outstanding work, for autoscalers' },
  'GET /metrics': { summary: 'Metrics for Prometheus', answers: 'text/plain' },
  'POST /v1/session': {
    summary: 'Sign a browser in: the token, sent once in the header, for a cookie',
    isEmpty: true,
  },
  'DELETE /v1/session': { summary: 'Sign a browser out', isEmpty: true },
  'GET /v1/openapi.json': { summary: 'This description', answers: 'application/json' },
  'GET /v1/data-sets/:dataSet/files/:sha256': {
    summary: 'One file of a data set, whole or by Range',
    answers: 'application/octet-stream',
    problems: [416],
  },
  'GET /v1/checkpoints/:numericsClass/:runId/:step': {
    summary: 'One checkpoint',
    answers: 'application/octet-stream',
  },
  'PUT /v1/checkpoints/:numericsClass/:runId/:step': {
    summary: 'Keep one checkpoint',
    isEmpty: true,
    problems: [409, 411, 413],
  },
};
