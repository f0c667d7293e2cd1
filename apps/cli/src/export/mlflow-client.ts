/** The part of MLflow's REST API 2.0 that an export needs; https://mlflow.org/docs/latest/rest-api.html */
import { coerceError, InputError } from '@seedbed/contracts';
import { z } from 'zod';
import { backoffMs, waitMs } from '../client/backoff.js';
import { FailedError, UnreachableError } from '../errors.js';

/** MLflow refuses larger batches. */
const METRICS_PER_BATCH = 1_000;
const PARAMS_PER_BATCH = 100;
const RUNS_PER_PAGE = 1_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Tries of a request that the server was too busy for. */
const TRIES_MAX = 5;
const TOO_BUSY = [429, 503];

export interface MlflowMetric {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

export interface MlflowRunStart {
  readonly experimentId: string;
  readonly name: string;
  readonly startTime: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MlflowFacts {
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: readonly MlflowMetric[];
}

export interface MlflowRun {
  readonly runId: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

const experimentSchema = z.object({ experiment: z.object({ experiment_id: z.string() }) });
const createdSchema = z.object({ experiment_id: z.string() });
const runSchema = z.object({
  info: z.object({ run_id: z.string(), status: z.string().default('RUNNING') }),
  data: z.object({ tags: z.array(z.object({ key: z.string(), value: z.string() })).default([]) }).optional(),
});
const runCreatedSchema = z.object({ run: runSchema });
const runsSchema = z.object({ runs: z.array(runSchema).default([]), next_page_token: z.string().optional() });
const problemSchema = z.object({ error_code: z.string(), message: z.string().default('') });
const anythingSchema = z.unknown();

export class MlflowClient {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param environment MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, as MLflow's own clients
   * @throws InputError when the address is none
   */
  constructor(
    address: string,
    environment: NodeJS.ProcessEnv,
    private readonly signal: AbortSignal,
  ) {
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
      const message = `"${address}" is no address of an MLflow server; e.g. http://127.0.0.1:5000`;
      throw new InputError([{ path: '--output', message }]);
    }
    this.#base = new URL(address.endsWith('/') ? address : `${address}/`);
    this.#headers = { 'content-type': 'application/json', ...authorization(environment) };
  }

  /** The experiment's id; it is made if there is none of the name. */
  async experiment(name: string): Promise<string> {
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    try {
      return (await this.#send(path, null, experimentSchema)).experiment.experiment_id;
    } catch (thrown: unknown) {
      if (!(thrown instanceof MlflowError) || thrown.code !== 'RESOURCE_DOES_NOT_EXIST') throw thrown;
      return (await this.#send('experiments/create', { name }, createdSchema)).experiment_id;
    }
  }

  /** Runs of an experiment with this tag. */
  async runsWithTag(experimentId: string, key: string, value: string): Promise<MlflowRun[]> {
    const found: MlflowRun[] = [];
    let token: string | undefined;
    do {
      const page: z.infer<typeof runsSchema> = await this.#send(
        'runs/search',
        {
          experiment_ids: [experimentId],
          filter: `tags.\`${key}\` = '${value}'`,
          max_results: RUNS_PER_PAGE,
          ...(token === undefined ? {} : { page_token: token }),
        },
        runsSchema,
      );
      found.push(...page.runs.map(toRun));
      token = page.next_page_token;
    } while (token !== undefined && token !== '');
    return found;
  }

  async createRun({ experimentId, name, startTime, tags }: MlflowRunStart): Promise<string> {
    const body = { experiment_id: experimentId, run_name: name, start_time: startTime, tags: pairs(tags) };
    return (await this.#send('runs/create', body, runCreatedSchema)).run.info.run_id;
  }

  async log(runId: string, { params, metrics }: MlflowFacts): Promise<void> {
    const allParams = pairs(params);
    const batches = Math.max(
      Math.ceil(metrics.length / (METRICS_PER_BATCH - PARAMS_PER_BATCH)),
      Math.ceil(allParams.length / PARAMS_PER_BATCH),
    );
    for (let batch = 0; batch < batches; batch += 1) {
      await this.#send(
        'runs/log-batch',
        {
          run_id: runId,
          // Together no more than MLflow takes at once.
          metrics: portion(metrics, batch, METRICS_PER_BATCH - PARAMS_PER_BATCH),
          params: portion(allParams, batch, PARAMS_PER_BATCH),
        },
        anythingSchema,
      );
    }
  }

  async endRun(runId: string, status: 'FINISHED' | 'FAILED', endTime: number): Promise<void> {
    await this.#send('runs/update', { run_id: runId, status, end_time: endTime }, anythingSchema);
  }

  async #send<T>(path: string, body: object | null, schema: z.ZodType<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#try(path, body);
      const text = await response.text();
      if (response.ok) return parsed(path, text, schema);
      if (!TOO_BUSY.includes(response.status) || attempt === TRIES_MAX) {
        throw new MlflowError(path, response.status, text);
      }
      await waitMs(backoffMs(attempt), this.signal);
    }
  }

  async #try(path: string, body: object | null): Promise<Response> {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    try {
      return await fetch(new URL(`api/2.0/mlflow/${path}`, this.#base), {
        method: body === null ? 'GET' : 'POST',
        headers: this.#headers,
        ...(body === null ? {} : { body: JSON.stringify(body) }),
        signal,
      });
    } catch (thrown: unknown) {
      this.signal.throwIfAborted();
      const { message, cause } = coerceError(thrown);
      const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
      throw new UnreachableError(`cannot reach MLflow at ${this.#base.origin}: ${why}`, { cause: thrown });
    }
  }
}

/** MLflow refused a request; the message is its own. */
class MlflowError extends FailedError {
  readonly code: string;
  constructor(path: string, status: number, text: string) {
    const problem = problemSchema.safeParse(jsonOf(text));
    const said = problem.success ? `${problem.data.error_code} ${problem.data.message}` : `status ${status}`;
    super(`MLflow refused ${path.split('?')[0]}: ${said}`);
    this.code = problem.success ? problem.data.error_code : '';
  }
}

function authorization(environment: NodeJS.ProcessEnv): Record<string, string> {
  const token = environment['MLFLOW_TRACKING_TOKEN'] ?? '';
  if (token !== '') return { authorization: `Bearer ${token}` };
  const user = environment['MLFLOW_TRACKING_USERNAME'] ?? '';
  if (user === '') return {};
  const secret = `${user}:${environment['MLFLOW_TRACKING_PASSWORD'] ?? ''}`;
  return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
}

function toRun({ info, data }: z.infer<typeof runSchema>): MlflowRun {
  const tags = Object.fromEntries((data?.tags ?? []).map(({ key, value }) => [key, value]));
  return { runId: info.run_id, status: info.status, tags };
}

function pairs(values: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

function portion<T>(items: readonly T[], batch: number, size: number): readonly T[] {
  return items.slice(batch * size, (batch + 1) * size);
}

function parsed<T>(path: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  throw new FailedError(
    `MLflow answered ${path.split('?')[0]} with something else than expected: is this address an MLflow server?\n` +
      z.prettifyError(result.error),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
