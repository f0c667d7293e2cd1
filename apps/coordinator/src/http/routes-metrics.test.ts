import { METRICS_CONTENT_TYPE, RetryableError } from '@seedbed/contracts';
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
