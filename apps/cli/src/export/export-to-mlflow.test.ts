/** Against a server of ours on this machine that refuses what MLflow would refuse. */
import { exportedAnswer, exportedResults, exportedRuns } from '../testing/exported-sweep.js';
import { type FixtureCoordinator, startFixtureCoordinator } from '../testing/fixture-coordinator.js';
import { type MlflowServer, startMlflowServer } from '../testing/mlflow-server.js';
import { runCommand } from '../testing/run-command.js';
import { sweepStatus } from '../testing/sweep-status.js';

let coordinator: FixtureCoordinator;
let mlflow: MlflowServer;
beforeEach(async () => {
  mlflow = await startMlflowServer();
  coordinator = await startFixtureCoordinator(({ path }) => {
    if (path.endsWith('/results')) return { body: exportedResults() };
    if (path.endsWith('/answer')) return { body: exportedAnswer() };
    if (path.includes('/runs')) return { body: { runs: exportedRuns(), nextCursor: null } };
    return { body: sweepStatus({ state: 'completed', finishedAt: '2026-11-23T20:02:00.000Z' }) };
  });
});
afterEach(async () => {
  await Promise.all([coordinator.close(), mlflow.close()]);
});

const exportSweep = async (more: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) =>
  await runCommand(['export', 'demo-1', '--format', 'mlflow', '--output', mlflow.url, '--json', ...more], {
    environment: { SEEDBED_URL: coordinator.url, ...environment },
  });

test('a parent for the sweep and a child for each trial and seed, with parameters, curves and tags', async () => {
  const run = await exportSweep(['--experiment', 'cifar']);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(run.stdout)).toMatchObject({
    experiment: 'cifar',
    written: 4,
    found: 0,
    parentRunId: 'run-1',
  });
  const [parent, ...children] = mlflow.runs;
  expect(parent).toMatchObject({ name: 'demo-1', status: 'FINISHED', experimentId: '1' });
  expect(children).toHaveLength(4);
  const first = children.find(({ name }) => name === 'search/0/1');
  expect(Object.fromEntries(first?.params ?? [])).toEqual({
    ...{ lambda: '0.001', stage: 'search', trial: '0', seed: '1' },
  });
  expect(first?.tags.get('mlflow.parentRunId')).toBe('run-1');
  expect(first?.tags.get('seedbed.trainer')).toBe('trainer-1');
  const series = (key: string) =>
    first?.metrics.filter((metric) => metric.key === key).map(({ step, value }) => [step, value]);
  expect(series('validation_accuracy')).toEqual([[0, 0.1], [10, 0.401]]); // prettier-ignore
  expect(series('train_accuracy')).toEqual([[10, 0.45]]);
  expect(series('final.test_accuracy')).toEqual([[0, 0.39]]);
  expect(children.find(({ name }) => name === 'search/1/2')?.status).toBe('FAILED');
});

test('a second export writes what is missing and nothing twice', async () => {
  await exportSweep();
  // As an export leaves it that was killed between a run's metrics and its end.
  const interrupted = mlflow.runs.find(({ name }) => name === 'search/1/1');
  if (interrupted === undefined) throw new Error('no such run');
  interrupted.status = 'RUNNING';
  mlflow.calls.length = 0;
  const again = await exportSweep();
  expect(JSON.parse(again.stdout)).toMatchObject({ written: 1, found: 3 });
  expect(mlflow.runs).toHaveLength(5);
  expect(mlflow.calls).not.toContain('runs/create');
  expect(interrupted.status).toBe('FINISHED');
});

test('waits for a busy server, and sends the credentials that MLflow’s own clients send', async () => {
  mlflow.refusals.push(429, 503);
  const run = await exportSweep([], { MLFLOW_TRACKING_TOKEN: 'secret-token' });
  expect(run.exitCode).toBe(0);
  expect([...mlflow.authorizations]).toEqual(['Bearer secret-token']);
  const basic = await exportSweep([], { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p' });
  expect(basic.exitCode).toBe(0);
  expect(mlflow.authorizations).toContain(`Basic ${Buffer.from('u:p').toString('base64')}`);
});

test.each([
  [['--output', 'nonsense'], 2, '--output: "nonsense" is no address of an MLflow server'],
  [['--where', 'mean > 1'], 2, '--where: is not for MLflow'],
  [['--output', 'http://127.0.0.1:9'], 3, 'cannot reach MLflow'],
])('%j is refused', async (more, exitCode, words) => {
  const run = await exportSweep(more);
  expect(run.exitCode).toBe(exitCode);
  expect(run.stderr).toContain(words);
});

test('what MLflow refuses is said in its own words', async () => {
  mlflow.refusals.push(403);
  const run = await exportSweep();
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('MLflow refused experiments/get-by-name: TEMPORARILY_UNAVAILABLE busy');
});
