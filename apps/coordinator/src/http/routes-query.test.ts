/** Queries and exports of a sweep that is half done, and of one that is done. */
import { type QueryResponse, queryResponseSchema, type SweepStatus } from '@seedbed/contracts';
import { createHttpBench, type HttpBench } from '../testing/http-bench.js';
import { divergedResult, cannedResult, twoStageSpec, withPreflight } from '../testing/sweep-fixtures.js';

let http: HttpBench;
let sweepId: string;
beforeEach(async () => {
  http = await createHttpBench();
  const launched = await http.app.inject({
    method: 'POST',
    url: '/v1/sweeps',
    payload: { spec: withPreflight(twoStageSpec()) },
  });
  sweepId = launched.json<SweepStatus>().sweepId;
});

const ask = async (query: string, of = 'query') =>
  await http.app.inject({ url: `/v1/sweeps/${sweepId}/${of}?${query}` });
const asked = async (query: string): Promise<QueryResponse> => {
  const response = await ask(query);
  expect(response.statusCode).toBe(200);
  return queryResponseSchema.parse(response.json());
};

describe('of a sweep that is done', () => {
  beforeEach(async () => await http.bench.settle());

  it('filters, sorts and pages trials', async () => {
    const where = 'where=stage%20%3D%20coarse&where=mean%20%3E%3D%200.5&sort=-mean&limit=1';
    const first = await asked(where);
    expect(first).toMatchObject({ of: 'trials', rows: [{ stage: 'coarse', n: 7, verdict: 'best' }] });
    expect(first.total).toBeGreaterThan(1);
    const second = await asked(`${where}&cursor=${first.nextCursor}`);
    expect(Number(second.rows[0]?.['mean'])).toBeLessThanOrEqual(Number(first.rows[0]?.['mean']));
  });

  it('groups runs by anything', async () => {
    const byTrainer = await asked('of=runs&groupBy=trainer,stage,outcome');
    expect(byTrainer.rows).toMatchObject([
      { trainer: 'trainer-1', stage: 'coarse', outcome: 'trained', count: 28, 'n(value)': 28 },
      { stage: 'final', count: 3 },
      { stage: 'gradient-check', outcome: 'gradient-checked', count: 1, 'mean(value)': null },
    ]);
    const bySetting = await asked('of=runs&groupBy=settings.evaluation.test&columns=count');
    expect(bySetting.rows).toEqual([{ count: 28 }, { count: 3 }, { count: 1 }]);
  });

  it('exports CSV and JSON Lines, whole', async () => {
    const csv = await ask('format=csv', 'export');
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.headers['content-disposition']).toBe(`attachment; filename="${sweepId}-runs.csv"`);
    expect(csv.body.trimEnd().split('\r\n')).toHaveLength(1 + 32);
    const jsonl = await ask('format=jsonl&columns=*&where=stage%20%3D%20final', 'export');
    const rows = jsonl.body.trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      numericsClass: 'test-class-a',
      lambda: expect.closeTo(1e-3),
      trainer: 'trainer-1',
    });
  });
});

it('a sweep that has only begun: what is missing is null, and its parameters are known', async () => {
  const nothing = await asked('where=lambda%20%3C%200.1&sort=lambda');
  expect(nothing).toMatchObject({ rows: [], total: 0, nextCursor: null });
  await http.bench.tick();
  const runs = await asked('of=runs&columns=outcome,trainer');
  expect(runs.rows[0]).toEqual({ outcome: 'missing', trainer: null });
});

it('a diverged run has a reason and no accuracy', async () => {
  const trainer = http.bench.trainer({
    resultOf: (settings) =>
      settings.task === 'train' && settings.seed === 2 ? divergedResult() : cannedResult(settings),
  });
  await http.bench.settle(trainer);
  const runs = await asked('of=runs&where=outcome%20%3D%20diverged&columns=seed,value,accuracy,reason');
  expect(runs.rows[0]).toEqual({ seed: 2, value: null, accuracy: null, reason: 'the loss is not a number' });
});

it.each([
  ['where=lamda%20%3E%201', 'where[0]', '"lamda" is no field here; there are stage, kind, trial'],
  ['of=runs&sort=verdict', 'sort[0]', '"verdict" is no field here; there are stage, kind, trial, seed'],
  ['of=seeds', 'querystring.of', ''],
  ['limit=1001', 'querystring.limit', ''],
  ['frobnicate=1', 'querystring', ''],
  [`where=${'x'.repeat(2_001)}`, 'querystring.where', ''],
])('refuses %s', async (query, path, words) => {
  const response = await ask(query);
  expect(response.statusCode).toBe(400);
  const [problem] = response.json<{ problems: { path: string; message: string }[] }>().problems;
  expect(problem?.path).toBe(path);
  expect(problem?.message).toContain(words);
});

it('an unknown sweep is not found', async () => {
  sweepId = 'nothing';
  expect((await ask('of=runs')).statusCode).toBe(404);
  expect((await ask('format=csv', 'export')).statusCode).toBe(404);
});
