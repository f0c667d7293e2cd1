/** The numbers of a trainer that has worked, and over HTTP those of one that starts. */
import { startMetricsServer } from './health-server.js';
import { blockOf } from './testing/blocks.js';
import { TrainerSystem } from './testing/trainer-system.js';
import { until } from './testing/until.js';
import { trainerMetrics } from './trainer-metrics.js';

it('counts commits, their times and the steps of every network', async () => {
  const system = await TrainerSystem.open('memory');
  try {
    const job = blockOf({ trialIndex: 0, seeds: [1, 2] });
    await system.launch([job]);
    const trainer = await system.startTrainer(system.gated());
    await until(async () => trainer.facts().counters.networkSteps > 0);
    system.openGate();
    await until(async () => trainer.facts().commits.committed === job.runs.length);
    const lines = trainerMetrics(trainer.facts()).split('\n');
    const runs = job.runs.length;
    expect(lines).toEqual(
      expect.arrayContaining([
        `seedbed_trainer_commits_total{outcome="committed"} ${runs}`,
        `seedbed_trainer_commit_duration_seconds_count ${runs}`,
        `seedbed_trainer_commit_duration_seconds_bucket{le="+Inf"} ${runs}`,
        'seedbed_trainer_locks_lost_total 0',
        'seedbed_trainer_children 1',
      ]),
    );
    expect(lines).toContain(`seedbed_trainer_network_steps_total ${trainer.facts().counters.networkSteps}`);
  } finally {
    await system.close();
  }
});

it('serves them at an address of their own, from the start', async () => {
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0 }, () => trainerMetrics(null));
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    expect(response.headers.get('content-type')).toContain('version=0.0.4');
    expect(await response.text()).toContain('seedbed_trainer_ready 0\n');
    expect((await fetch(`http://127.0.0.1:${server.port}/livez`)).status).toBe(404);
  } finally {
    server.close();
  }
});
