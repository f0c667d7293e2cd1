/** A typed client of the coordinator's HTTP API: every answer is parsed before anybody uses it. */
import {
  type Answer,
  answerSchema,
  type ExportParameters,
  type HealthResponse,
  healthResponseSchema,
  type QueryResponse,
  queryResponseSchema,
  type ResultsResponse,
  resultsResponseSchema,
  type RunCurve,
  runCurveSchema,
  type RunProvenance,
  runProvenanceSchema,
  type RunRow,
  runsResponseSchema,
  type RunsResponse,
  type ScaleResponse,
  scaleResponseSchema,
  type SweepList,
  sweepListSchema,
  type SweepSpec,
  type SweepStatus,
  sweepStatusSchema,
  type TrainersResponse,
  trainersResponseSchema,
  signInCodeSchema,
} from '@seedbed/contracts';
import { createRequester, type RequesterOptions } from './requester.js';
import type { SweepAction } from './sweep-action.js';

/** Rows asked for at a time when all of them are wanted; curves make a row a few KB. */
const RUNS_PAGE_ROWS = 200;

export type ExportFormat = ExportParameters['format'];

export interface RunsFilter {
  readonly stage?: string | undefined;
  readonly trial?: number | undefined;
  readonly cursor?: number | undefined;
  readonly limit?: number | undefined;
}

/** As a person writes it; the coordinator says what is wrong with it. */
export interface QueryText {
  readonly of?: 'trials' | 'runs' | undefined;
  readonly where?: readonly string[] | undefined;
  /** Names separated by commas. */
  readonly sort?: string | undefined;
  readonly groupBy?: string | undefined;
  readonly columns?: string | undefined;
}
export type QueryPage = QueryText & Pick<RunsFilter, 'limit'> & { readonly cursor?: string | undefined };

export interface CoordinatorClient {
  health(): Promise<HealthResponse>;
  launch(spec: SweepSpec, idempotencyKey: string): Promise<SweepStatus>;
  /** @param spec everything that the sweep's file has, and more */
  extend(sweepId: string, spec: SweepSpec, idempotencyKey: string): Promise<SweepStatus>;
  sweep(sweepId: string): Promise<SweepStatus>;
  sweeps(cursor: string | null): Promise<SweepList>;
  act(sweepId: string, action: SweepAction): Promise<SweepStatus>;
  results(sweepId: string): Promise<ResultsResponse>;
  runs(sweepId: string, filter: RunsFilter): Promise<RunsResponse>;
  /** All pages, one row at a time. */
  allRuns(sweepId: string, filter: RunsFilter): AsyncGenerator<RunRow>;
  query(sweepId: string, query: QueryPage): Promise<QueryResponse>;
  /** CSV or JSON Lines, piece by piece. */
  exportPieces(sweepId: string, query: QueryText & { readonly format: ExportFormat }): AsyncGenerator<string>;
  /** `run`: a run id or its first digits. */
  provenance(sweepId: string, run: string): Promise<RunProvenance>;
  curve(sweepId: string, run: string): Promise<RunCurve>;
  /** The answer parsed, and its exact bytes as `answer.json` keeps them. */
  answer(sweepId: string): Promise<{ readonly answer: Answer; readonly text: string }>;
  trainers(): Promise<TrainersResponse>;
  /** Begins a browser's session, once. */
  signInCode(): Promise<string>;
  /** @param runsPerTrainer left out for the coordinator's reference */
  scale(runsPerTrainer?: number): Promise<ScaleResponse>;
}

export function createCoordinatorClient(options: RequesterOptions): CoordinatorClient {
  const requester = createRequester(options);
  const sweepPath = (sweepId: string): string => `/v1/sweeps/${encodeURIComponent(sweepId)}`;
  const runs = (sweepId: string, filter: RunsFilter): Promise<RunsResponse> =>
    requester.getJson(`${sweepPath(sweepId)}/runs${queryOf({ ...filter })}`, runsResponseSchema);
  return {
    health: () => requester.getJson('/v1/health', healthResponseSchema),
    launch: (spec, idempotencyKey) =>
      requester.postJson('/v1/sweeps', sweepStatusSchema, { body: { spec }, idempotencyKey }),
    extend: (sweepId, spec, idempotencyKey) =>
      requester.postJson(`${sweepPath(sweepId)}/extend`, sweepStatusSchema, {
        body: { spec },
        idempotencyKey,
      }),
    sweep: (sweepId) => requester.getJson(sweepPath(sweepId), sweepStatusSchema),
    sweeps: (cursor) =>
      requester.getJson(`/v1/sweeps${queryOf({ cursor: cursor ?? undefined })}`, sweepListSchema),
    act: (sweepId, action) => requester.postJson(`${sweepPath(sweepId)}/${action}`, sweepStatusSchema, {}),
    results: (sweepId) => requester.getJson(`${sweepPath(sweepId)}/results`, resultsResponseSchema),
    runs,
    async *allRuns(sweepId, filter) {
      let cursor: number | null = filter.cursor ?? 0;
      while (cursor !== null) {
        const page: RunsResponse = await runs(sweepId, { ...filter, cursor, limit: RUNS_PAGE_ROWS });
        yield* page.runs;
        cursor = page.nextCursor;
      }
    },
    query: (sweepId, query) =>
      requester.getJson(`${sweepPath(sweepId)}/query${queryOf({ ...query })}`, queryResponseSchema),
    exportPieces: (sweepId, query) =>
      requester.getPieces(`${sweepPath(sweepId)}/export${queryOf({ ...query })}`),
    provenance: (sweepId, run) =>
      requester.getJson(`${sweepPath(sweepId)}/runs/${encodeURIComponent(run)}`, runProvenanceSchema),
    curve: (sweepId, run) =>
      requester.getJson(`${sweepPath(sweepId)}/runs/${encodeURIComponent(run)}/curve`, runCurveSchema),
    async answer(sweepId) {
      const path = `${sweepPath(sweepId)}/answer`;
      const text = await requester.getText(path);
      return { text, answer: requester.parse(path, text, answerSchema) };
    },
    signInCode: async () => (await requester.postJson('/v1/sign-in-codes', signInCodeSchema, {})).code,
    trainers: () => requester.getJson('/v1/trainers', trainersResponseSchema),
    scale: (runsPerTrainer) =>
      requester.getJson(`/v1/scale${queryOf({ runsPerTrainer })}`, scaleResponseSchema),
  };
}

function queryOf(
  parameters: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const each of typeof value === 'object' ? value : [value]) query.append(name, String(each));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
