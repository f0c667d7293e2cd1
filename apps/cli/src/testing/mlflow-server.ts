/** A small MLflow server: keeps experiments and runs in memory, and refuses what MLflow's REST API 2.0 would refuse. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const METRICS_MAX = 1_000;
const PARAMS_MAX = 100;
const ENTITIES_MAX = 1_000;
const PARAM_LENGTH_MAX = 6_000;

const pair = z.strictObject({ key: z.string().min(1).max(250), value: z.string().max(PARAM_LENGTH_MAX) });
const metric = z.strictObject({
  key: z.string().min(1).max(250),
  value: z.number(),
  timestamp: z.int().min(0),
  step: z.int(),
});
const bodies = {
  'experiments/create': z.strictObject({ name: z.string().min(1) }),
  'runs/search': z.strictObject({
    experiment_ids: z.array(z.string()).min(1),
    filter: z.string(),
    max_results: z.int().min(1).max(50_000),
    page_token: z.string().optional(),
  }),
  'runs/create': z.strictObject({
    experiment_id: z.string(),
    run_name: z.string(),
    start_time: z.int(),
    tags: z.array(pair),
  }),
  'runs/log-batch': z
    .strictObject({
      run_id: z.string(),
      metrics: z.array(metric).max(METRICS_MAX),
      params: z.array(pair).max(PARAMS_MAX),
    })
    .refine(({ metrics, params }) => metrics.length + params.length <= ENTITIES_MAX, 'too many at once'),
  'runs/update': z.strictObject({
    run_id: z.string(),
    status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']),
    end_time: z.int(),
  }),
};

export interface StoredRun {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly tags: Map<string, string>;
  readonly params: Map<string, string>;
  readonly metrics: z.infer<typeof metric>[];
  status: string;
}

export interface MlflowServer {
  readonly url: string;
  readonly runs: StoredRun[];
  readonly experiments: Map<string, string>;
  /** Paths in the order in which they were called. */
  readonly calls: string[];
  /** Each is given in place of the next answer. */
  readonly refusals: number[];
  readonly authorizations: Set<string>;
  /** Rows of a page of a search. */
  pageRows: number;
  close(): Promise<void>;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export async function startMlflowServer(): Promise<MlflowServer> {
  const state: Omit<MlflowServer, 'url' | 'close'> = {
    ...{ runs: [], experiments: new Map(), calls: [], refusals: [], authorizations: new Set(), pageRows: 2 },
  };
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const [status, body] = answer(state, request, text);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return Object.assign(state, { url, close });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

type State = Omit<MlflowServer, 'url' | 'close'>;

function answer(state: State, request: IncomingMessage, text: string): [status: number, body: unknown] {
  const url = new URL(request.url ?? '', 'http://localhost');
  const path = url.pathname.replace('/api/2.0/mlflow/', '');
  state.calls.push(path);
  state.authorizations.add(request.headers.authorization ?? '');
  const refused = state.refusals.shift();
  if (refused !== undefined) return [refused, { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'busy' }];
  try {
    if (request.method === 'GET' && path === 'experiments/get-by-name') {
      return [200, experimentNamed(state, url.searchParams.get('experiment_name') ?? '')];
    }
    if (request.method !== 'POST') throw new Refusal(404, 'ENDPOINT_NOT_FOUND', path);
    return [200, posted(state, path, JSON.parse(text))];
  } catch (thrown: unknown) {
    if (thrown instanceof Refusal)
      return [thrown.status, { error_code: thrown.code, message: thrown.message }];
    return [400, { error_code: 'INVALID_PARAMETER_VALUE', message: String(thrown) }];
  }
}

function experimentNamed({ experiments }: State, name: string) {
  const id = experiments.get(name);
  if (id === undefined) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', `no experiment ${name}`);
  return { experiment: { experiment_id: id, name } };
}

function posted(state: State, path: string, body: unknown): unknown {
  switch (path) {
    case 'experiments/create': {
      const { name } = bodies[path].parse(body);
      if (state.experiments.has(name)) throw new Refusal(400, 'RESOURCE_ALREADY_EXISTS', name);
      state.experiments.set(name, String(state.experiments.size + 1));
      return { experiment_id: state.experiments.get(name) };
    }
    case 'runs/search':
      return search(state, bodies[path].parse(body));
    case 'runs/create': {
      const { experiment_id: experimentId, run_name: name, tags } = bodies[path].parse(body);
      const run: StoredRun = {
        ...{ id: `run-${state.runs.length + 1}`, experimentId, name, status: 'RUNNING' },
        tags: new Map(tags.map(({ key, value }) => [key, value])),
        ...{ params: new Map(), metrics: [] },
      };
      state.runs.push(run);
      return { run: { info: { run_id: run.id, status: run.status } } };
    }
    case 'runs/log-batch': {
      const { run_id: id, metrics, params } = bodies[path].parse(body);
      const run = runOf(state, id);
      for (const { key, value } of params) {
        // A parameter of a run never changes.
        if ((run.params.get(key) ?? value) !== value) throw new Refusal(400, 'INVALID_PARAMETER_VALUE', key);
        run.params.set(key, value);
      }
      run.metrics.push(...metrics);
      return {};
    }
    case 'runs/update': {
      const { run_id: id, status } = bodies[path].parse(body);
      runOf(state, id).status = status;
      return { run_info: { run_id: id, status } };
    }
    default:
      throw new Refusal(404, 'ENDPOINT_NOT_FOUND', path);
  }
}

function runOf({ runs }: State, id: string): StoredRun {
  const run = runs.find((each) => each.id === id);
  if (run === undefined) throw new Refusal(404, 'RESOURCE_DOES_NOT_EXIST', `no run ${id}`);
  return run;
}

function search(state: State, query: z.infer<(typeof bodies)['runs/search']>) {
  const [, key, value] = /^tags\.`([^`]+)` = '([^']*)'$/.exec(query.filter) ?? [];
  if (key === undefined) throw new Refusal(400, 'INVALID_PARAMETER_VALUE', query.filter);
  const found = state.runs.filter(
    (run) => query.experiment_ids.includes(run.experimentId) && run.tags.get(key) === value,
  );
  const first = Number(query.page_token ?? 0);
  const last = first + Math.min(state.pageRows, query.max_results);
  return {
    runs: found.slice(first, last).map(({ id, status, tags }) => ({
      info: { run_id: id, status },
      data: { tags: [...tags].map(([name, text]) => ({ key: name, value: text })) },
    })),
    ...(last < found.length ? { next_page_token: String(last) } : {}),
  };
}
