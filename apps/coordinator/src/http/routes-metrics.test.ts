import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS_CONTENT_TYPE, RetryableError } from '@seedbed/contracts';
import { createMemorySystem } from '@seedbed/queue';
import { createHttpBench } from '../testing/http-bench.js';
import { createTestSystem } from '../testing/memory-system.js';
import { oneStageSpec } from '../testing/sweep-fixtures.js';

const metricsOf = async (http: Awaited<ReturnType<typeof createHttpBench>>): Promise<string[]> => {
  const response = await http.app.inject({ url: '/metrics' });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe(METRICS_CONTENT_TYPE);
  return response.body.split('\n');
};

describe('GET /metrics', () => {
  it('tells queue, runs, commits and trainers from the records', async () => {
    const http = await createHttpBench();
    const { bench } = http;
    await bench.launch(oneStageSpec('some', 4));
    await bench.tick();
    const trainer = bench.trainer();
    await trainer.heartbeat(2);
    await trainer.work(1);
    await bench.tick();
    const lines = await metricsOf(http);
    expect(lines).toEqual(
      expect.arrayContaining([
        'seedbed_leading 1',
        'seedbed_redis_up 1',
        'seedbed_sweeps{state="running"} 1',
        'seedbed_sweeps{state="paused"} 0',
        'seedbed_runs{state="committed"} 5',
        'seedbed_runs{state="outstanding"} 15',
        'seedbed_runs{state="dead"} 0',
        'seedbed_queue_blocks{state="waiting"} 3',
        'seedbed_queue_blocks{state="active"} 0',
        'seedbed_commits_total{outcome="committed"} 5',
        'seedbed_commits_total{outcome="divergent"} 0',
        'seedbed_training_children 2',
        expect.stringMatching(/^process_resident_memory_bytes \d+$/),
      ]),
    );
  });

  it('tells of runs that were given up after their sweep has ended too, whoever leads, until they are retried', async () => {
    // By the clock of the machine, as the time that somebody is told is.
    const http = await createHttpBench({ system: createMemorySystem() });
    const { bench } = http;
    const sweepId = await bench.launch(oneStageSpec('some', 4));
    const trainer = bench.trainer();
    await trainer.heartbeat();
    await bench.tick();
    const failure = { cause: 'error', reason: 'always fails', guilty: true } as const;
    const bad = await trainer.claimOne();
    for (let held = bad; (await trainer.fail(held, failure)) !== 'dead'; held = await trainer.claimOne())
      expect(held.jobId).toBe(bad.jobId);
    await bench.tick();
    const dead = `seedbed_dead_runs ${bad.job.runs.length}`;
    expect(await metricsOf(http)).toContain(dead);
    // Everything else is trained: with the last run the sweep is over.
    await trainer.work();
    while ((await bench.state(sweepId)) !== 'incomplete') {
      await bench.glance();
      expect(await metricsOf(http)).toContain(dead);
    }
    await bench.glance();
    expect(await metricsOf(http)).toEqual(expect.arrayContaining([dead, 'seedbed_runs{state="dead"} 0']));
    const inEightDays = Date.now() + 8 * 24 * 60 * 60 * 1000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(inEightDays);
    expect(await metricsOf(http)).toContain('seedbed_dead_runs 0');
    clock.mockRestore();
    await bench.restart();
    await bench.tick();
    expect(await metricsOf(http)).toContain(dead);
    expect((await http.app.inject({ method: 'POST', url: `/v1/sweeps/${sweepId}/retry` })).statusCode).toBe(
      200,
    );
    await bench.tick();
    expect(await metricsOf(http)).toContain('seedbed_dead_runs 0');
  });

  it('prints every label that is alerted on', async () => {
    const alerts = join(__dirname, '../../../../k8s/components/monitoring/alerts.yaml');
    const selectors = readFileSync(alerts, 'utf8').matchAll(
      /(seedbed_(?!trainer_)\w+)\{(\w+)!?=("[^"]+")\}/g,
    );
    const http = await createHttpBench();
    await http.bench.tick();
    const lines = (await metricsOf(http)).join('\n');
    const wanted = [...selectors].map(
      ([, name, label, value]) => `\n${name ?? ''}{${label ?? ''}=${value ?? ''}} `,
    );
    expect(wanted.length).toBeGreaterThan(4);
    for (const line of wanted) expect(lines).toContain(line);
  });

  it('says that Redis is away, and nothing that it cannot know', async () => {
    const system = createTestSystem();
    const http = await createHttpBench({ system });
    jest.spyOn(system.queue, 'depth').mockRejectedValue(new RetryableError('Redis is away'));
    const lines = await metricsOf(http);
    expect(lines).toContain('seedbed_redis_up 0');
    // It has not led yet.
    expect(lines).toContain('seedbed_leading 0');
    for (const unknown of ['seedbed_queue_blocks', 'seedbed_runs', 'seedbed_commits_total'])
      expect(lines.join('\n')).not.toContain(unknown);
  });
});
