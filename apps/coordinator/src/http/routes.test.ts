/** The API from launch to answer. */
import {
  type SweepStatus,
  answerSchema,
  canonicalJson,
  planResponseSchema,
  resultsResponseSchema,
  runCurveSchema,
  runsResponseSchema,
  sweepListSchema,
  sweepStatusSchema,
  trainersResponseSchema,
} from '@seedbed/contracts';
import { specDigestOf } from '@seedbed/search';
import { type HttpBench, createHttpBench } from '../testing/http-bench.js';
import { oneStageSpec, twoStageSpec, withPreflight } from '../testing/sweep-fixtures.js';

let http: HttpBench;
beforeEach(async () => {
  http = await createHttpBench();
});

async function launch(spec: object, headers: Record<string, string> = {}) {
  return await http.app.inject({ method: 'POST', url: '/v1/sweeps', headers, payload: { spec } });
}

async function launched(spec: object): Promise<string> {
  return (await launch(spec)).json<SweepStatus>().sweepId;
}

async function act(sweepId: string, action: string) {
  return await http.app.inject({ method: 'POST', url: `/v1/sweeps/${sweepId}/${action}` });
}

const get = async (url: string) => await http.app.inject({ url });

describe('launching', () => {
  it('creates a sweep that runs', async () => {
    const response = await launch(withPreflight(twoStageSpec()));
    expect(response.statusCode).toBe(201);
    const status = sweepStatusSchema.parse(response.json());
    expect(status).toMatchObject({ name: 'two-stage', state: 'running', numericsClass: null });
    expect(status.sweepId).toMatch(/^two-stage-[0-9a-f]{10}$/);
    expect(response.headers.location).toBe(`/v1/sweeps/${status.sweepId}`);
    expect(status.stages.map(({ stage, planned, stepsPlanned }) => [stage, planned, stepsPlanned])).toEqual([
      ['gradient-check', 1, 0],
      ['coarse', 28, 280],
      ['final', 3, 30],
    ]);
  });

  it('makes another sweep each time without a key', async () => {
    expect(await launched(twoStageSpec())).not.toBe(await launched(twoStageSpec()));
  });

  it('answers the same key and spec with the same sweep', async () => {
    const headers = { 'idempotency-key': 'launch 1' };
    const first = await launch(twoStageSpec(), headers);
    const again = await launch(twoStageSpec(), headers);
    expect([first.statusCode, again.statusCode]).toEqual([201, 200]);
    expect(again.json()).toEqual(first.json());
    const other = await launch(twoStageSpec(), { 'idempotency-key': 'launch 2' });
    expect(other.statusCode).toBe(201);
  });

  it('refuses the same key with another spec', async () => {
    const headers = { 'idempotency-key': 'launch 1' };
    await launch(twoStageSpec(), headers);
    const response = await launch(twoStageSpec({ seeds: 3 }), headers);
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ status: 409, detail: expect.stringContaining('another spec') });
  });

  it.each(['', 'x'.repeat(201), 'tab\there'])('refuses the key %j', async (key) => {
    expect((await launch(twoStageSpec(), { 'idempotency-key': key })).statusCode).toBe(400);
  });

  it('names what is wrong with a spec', async () => {
    const response = await launch({ ...twoStageSpec(), seedz: 3 });
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.json().problems[0].message).toContain('seeds');
    expect(await http.bench.store.listSweeps({ offset: 0, limit: 10 })).toEqual([]);
  });

  it('plans without launching', async () => {
    const payload = { spec: twoStageSpec() };
    const response = await http.app.inject({ method: 'POST', url: '/v1/plan', payload });
    const plan = planResponseSchema.parse(response.json());
    expect(plan).toMatchObject({ runs: 31, steps: 310 });
    expect(plan.stages[1]).toMatchObject({ parameters: null, derivesFrom: ['coarse'] });
    expect(await http.bench.store.listSweeps({ offset: 0, limit: 10 })).toEqual([]);
  });
});

describe('extending', () => {
  const extend = async (sweepId: string, spec: object, headers: Record<string, string> = {}) =>
    await http.app.inject({
      method: 'POST',
      url: `/v1/sweeps/${sweepId}/extend`,
      headers,
      payload: { spec },
    });

  it('lets a finished sweep run again, and answers a repeated request the same', async () => {
    const sweepId = await launched(oneStageSpec('one', 2));
    await http.bench.settle();
    const wider = oneStageSpec('one', 2, { seeds: 6 });
    const headers = { 'idempotency-key': 'more seeds' };
    const first = await extend(sweepId, wider, headers);
    expect([first.statusCode, sweepStatusSchema.parse(first.json()).state]).toEqual([200, 'running']);
    expect(answerSchema.parse((await get(`/v1/sweeps/${sweepId}/answer`)).json()).complete).toBe(false);
    await http.bench.settle();
    const again = await extend(sweepId, wider, headers);
    expect(again.json()).toMatchObject({ state: 'completed', stages: [{ planned: 12, committed: 12 }] });
  });

  it('names the field that is not wider, and says when it is too late', async () => {
    const sweepId = await launched(oneStageSpec('one', 2));
    const response = await extend(sweepId, oneStageSpec('one', 2, { seeds: 3 }));
    expect(response.statusCode).toBe(400);
    expect(response.json().problems[0]).toMatchObject({
      path: 'seeds',
      message: expect.stringContaining('4, 5'),
    });
    await act(sweepId, 'cancel');
    expect((await extend(sweepId, oneStageSpec('one', 2, { seeds: 6 }))).statusCode).toBe(409);
    expect((await extend('nobody', oneStageSpec('one', 2))).statusCode).toBe(404);
  });
});

describe('steering', () => {
  it('pauses, resumes and cancels, and may be asked again', async () => {
    const sweepId = await launched(twoStageSpec());
    for (const [action, state] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'running'],
      ['resume', 'running'],
      ['cancel', 'cancelled'],
      ['cancel', 'cancelled'],
    ] as const) {
      const response = await act(sweepId, action);
      expect([response.statusCode, response.json().state]).toEqual([200, state]);
    }
  });

  it.each(['pause', 'resume', 'retry'])('refuses to %s what is over', async (action) => {
    const sweepId = await launched(twoStageSpec());
    await act(sweepId, 'cancel');
    const response = await act(sweepId, action);
    expect(response.statusCode).toBe(409);
    expect(response.json().detail).toContain('is cancelled');
  });

  it('refuses to cancel what is completed', async () => {
    const sweepId = await launched(oneStageSpec('sweep', 2));
    await http.bench.settle();
    expect((await act(sweepId, 'cancel')).statusCode).toBe(409);
  });

  it.each(['pause', 'resume', 'cancel', 'retry'])('knows no sweep to %s', async (action) => {
    expect((await act('no-such-sweep', action)).statusCode).toBe(404);
  });

  it('gives set-aside runs another chance', async () => {
    const sweepId = await launched(oneStageSpec('sweep', 2));
    await http.bench.tick();
    const trainer = http.bench.trainer();
    const block = await trainer.claimOne();
    let held: typeof block | null = block;
    const poison = { cause: 'poison', reason: 'the child crashed', guilty: true } as const;
    while (held?.jobId === block.jobId) {
      if ((await trainer.fail(held, poison)) === 'dead') break;
      held = await trainer.claim();
    }
    await http.bench.settle(trainer);
    const letters = (await get(`/v1/sweeps/${sweepId}/dead-letters`)).json();
    expect(letters.deadLetters).toEqual([
      expect.objectContaining({ jobId: block.jobId, cause: 'poison', reason: 'the child crashed' }),
    ]);
    expect((await get(`/v1/sweeps/${sweepId}`)).json()).toMatchObject({ state: 'incomplete' });
    const dead = runsResponseSchema.parse((await get(`/v1/sweeps/${sweepId}/runs?trial=0`)).json()).runs;
    expect(new Set(dead.map((run) => run.state))).toEqual(new Set(['dead']));

    const response = await act(sweepId, 'retry');
    expect(response.json()).toMatchObject({ state: 'running', finishedAt: null });
    await http.bench.settle(trainer);
    expect((await get(`/v1/sweeps/${sweepId}`)).json()).toMatchObject({ state: 'completed' });
  });
});

describe('reading', () => {
  it('pages through sweeps, newest first', async () => {
    const ids: string[] = [];
    for (const name of ['first', 'second', 'third'])
      ids.unshift(await http.bench.launch(oneStageSpec(name, 2)));
    const page = sweepListSchema.parse((await get('/v1/sweeps?limit=2')).json());
    expect(page.sweeps.map((sweep) => sweep.sweepId)).toEqual(ids.slice(0, 2));
    const rest = sweepListSchema.parse((await get(`/v1/sweeps?limit=2&cursor=${page.nextCursor}`)).json());
    expect(rest.sweeps.map((sweep) => sweep.sweepId)).toEqual(ids.slice(2));
    expect(rest.nextCursor).toBeNull();
  });

  it('shows progress of runs that are being trained', async () => {
    const sweepId = await http.bench.launch(oneStageSpec('sweep', 2));
    await http.bench.tick();
    const trainer = http.bench.trainer();
    const block = await trainer.claimOne();
    await trainer.commit(block, 1);
    const progress = { step: 4, steps: 10, validationAccuracy: 0.4, validationLoss: 1.5 };
    const [committed, training] = block.job.runs.map((run) => run.runId);
    if (committed === undefined || training === undefined) throw new Error('a block of one run');
    await http.bench.store.writeProgress(
      sweepId,
      new Map([
        [committed, progress],
        [training, progress],
      ]),
    );

    const status = sweepStatusSchema.parse((await get(`/v1/sweeps/${sweepId}`)).json());
    expect(status.stages[0]).toMatchObject({ committed: 1, stepsDone: 14, stepsPlanned: 100 });
    const { runs } = runsResponseSchema.parse((await get(`/v1/sweeps/${sweepId}/runs`)).json());
    expect(runs.map((run) => run.state)).toEqual([
      ...['committed', 'training', 'training', 'training', 'training'],
      ...['waiting', 'waiting', 'waiting', 'waiting', 'waiting'],
    ]);
    expect(status.stages[0]?.inTraining).toEqual({ runs: 1, mean: 0.4, best: 0.4 });
    expect(runs[1]?.progress).toEqual(progress);
    expect(runs[0]?.progress).toBeNull();
    expect(runs[0]?.commit?.runId).toBe(committed);
  });

  it('shows the curve of a run, live while it trains and from the commit afterwards', async () => {
    const sweepId = await http.bench.launch(oneStageSpec('sweep', 2));
    await http.bench.tick();
    const trainer = http.bench.trainer();
    const block = await trainer.claimOne();
    const { runId } = block.job.runs[0]!;
    const curve = async (run: string) => {
      const response = await get(`/v1/sweeps/${sweepId}/runs/${run}/curve`);
      return runCurveSchema.parse(response.json());
    };
    expect(await curve(runId)).toMatchObject({ source: 'live', state: 'training', points: [] });
    const point = { step: 3, validation: { accuracy: { correct: 1, count: 4 }, loss: 2, cost: null } };
    await http.bench.store.appendCurves(sweepId, new Map([[runId, [point]]]));
    const live = await curve(runId.slice(0, 12));
    expect(live).toMatchObject({ stage: 'search', trialIndex: 0, runId, source: 'live', points: [point] });
    expect(live.schedule).toMatchObject({ kind: 'constant' });
    await trainer.commit(block, 1);
    const commit = (await http.bench.store.readCommits([runId], null)).get(runId);
    const committed = await curve(runId);
    expect(committed).toMatchObject({ source: 'commit', state: 'committed' });
    expect(committed.points).toEqual(commit?.result.outcome === 'trained' ? commit.result.curve : null);

    expect((await get(`/v1/sweeps/${sweepId}/runs/${'f'.repeat(64)}/curve`)).statusCode).toBe(404);
    expect((await get(`/v1/sweeps/${sweepId}/runs/${runId.slice(0, 7)}/curve`)).statusCode).toBe(400);
    expect((await get(`/v1/sweeps/unknown/runs/${runId}/curve`)).statusCode).toBe(404);
  });

  it('pages through runs and filters them', async () => {
    const sweepId = await http.bench.launch(twoStageSpec());
    await http.bench.settle();
    const all = runsResponseSchema.parse((await get(`/v1/sweeps/${sweepId}/runs`)).json());
    expect(all.runs).toHaveLength(31);
    const seen = [];
    for (let cursor: number | null = 0; cursor !== null;) {
      const url: string = `/v1/sweeps/${sweepId}/runs?limit=10&cursor=${cursor}`;
      const page = runsResponseSchema.parse((await get(url)).json());
      seen.push(...page.runs);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.runs);
    const filtered = runsResponseSchema.parse(
      (await get(`/v1/sweeps/${sweepId}/runs?stage=coarse&trial=3`)).json(),
    );
    expect(filtered.runs.map(({ trialIndex, seed }) => [trialIndex, seed])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((seed) => [3, seed]),
    );
  });

  it('gives results, decisions and the canonical answer', async () => {
    const sweepId = await http.bench.launch(twoStageSpec());
    const before = answerSchema.parse((await get(`/v1/sweeps/${sweepId}/answer`)).json());
    expect(before).toMatchObject({ complete: false, stages: [] });
    await http.bench.settle();

    const results = resultsResponseSchema.parse((await get(`/v1/sweeps/${sweepId}/results`)).json());
    expect(results.stages.map(({ stage, best }) => [stage, best])).toEqual([
      ['coarse', 2],
      ['final', 0],
    ]);
    const [coarse] = results.stages;
    const committed = coarse?.committed ?? 0;
    expect(results.times[0]).toEqual({
      stage: 'coarse',
      trainingMs: 100 * committed,
      evaluationMs: 5 * committed,
    });
    const { decisions } = (await get(`/v1/sweeps/${sweepId}/decisions`)).json();
    const response = await get(`/v1/sweeps/${sweepId}/answer`);
    const answer = answerSchema.parse(response.json());
    expect(response.body).toBe(`${canonicalJson(answer)}\n`);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer).toMatchObject({ complete: true, specDigest: specDigestOf(twoStageSpec()), decisions });
    expect(answer.stages).toEqual(results.stages);
  });

  it('lists trainers', async () => {
    await http.bench.trainer().heartbeat(3);
    const { trainers } = trainersResponseSchema.parse((await get('/v1/trainers')).json());
    expect(trainers).toEqual([expect.objectContaining({ trainerId: 'trainer-1', children: 3 })]);
  });

  it('says in health whether it conducts', async () => {
    const redis = { version: '7.0.15', reachable: true };
    expect((await get('/v1/health')).json()).toEqual({ status: 'not-leading', seedbed: '0.1.0', redis });
    await http.bench.tick();
    expect((await get('/v1/health')).json()).toMatchObject({ status: 'ok' });
  });

  it.each(['', '/results', '/runs', '/answer', '/decisions', '/dead-letters'])(
    'knows no sweep%s',
    async (path) => {
      const response = await get(`/v1/sweeps/no-such-sweep${path}`);
      expect([response.statusCode, response.json().title]).toEqual([404, 'No such sweep']);
    },
  );
});

test('a sweep that no trainer can train is refused before it waits for ever', async () => {
  const { app } = await createHttpBench();
  const spec = {
    seedbed: 1,
    name: 'digits',
    data: { table: 'digits', target: 'label' },
    model: { kind: 'mlp', layers: [20] },
    parameters: { weightDecay: { values: [0, 0.1] } },
  };
  const refused = await app.inject({
    method: 'POST',
    url: '/v1/sweeps',
    headers: { host: 'localhost' },
    payload: { spec },
  });
  expect(refused.statusCode).toBe(400);
  expect(refused.body).toContain('data.table');
  expect(refused.body).toContain('train on images only');
});
