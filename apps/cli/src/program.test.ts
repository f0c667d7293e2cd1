/** The command line as a person types it: what is understood, what is refused, what is printed where. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '@seedbed/contracts';
import { PAGE_ROWS_MAX, SEED_MAX } from './commands/options.js';
import { InterruptedError } from './errors.js';
import { type FixtureCoordinator, startFixtureCoordinator } from './testing/fixture-coordinator.js';
import { runCommand } from './testing/run-command.js';
import { stageProgress, sweepStatus } from './testing/sweep-status.js';

/** Each command is a process's worth of modules to load, which a busy machine takes seconds for. */
jest.setTimeout(30_000);

const COMMANDS = [
  ['reproduce'],
  ['up'],
  ['trainer'],
  ['plan'],
  ['launch'],
  ['watch'],
  ['results'],
  ['runs'],
  ['query'],
  ['export'],
  ['verify'],
  ['pause'],
  ['resume'],
  ['cancel'],
  ['retry'],
  ['list'],
  ['trainers'],
  ['doctor'],
  ['redis-acl'],
  ['data', 'fetch'],
  ['backup'],
  ['restore'],
  ['completion'],
];

const SWEEP_FILE = 'seedbed: 1\nname: demo\nseeds: 2\nparameters:\n  lambda: { values: [0, 0.1] }\n';

let directory: string;
let coordinator: FixtureCoordinator | null = null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-program-'));
  writeFileSync(join(directory, 'sweep.yaml'), SWEEP_FILE);
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await coordinator?.close();
  coordinator = null;
});

async function withCoordinator(
  ...parameters: Parameters<typeof startFixtureCoordinator>
): Promise<NodeJS.ProcessEnv> {
  coordinator = await startFixtureCoordinator(...parameters);
  return { SEEDBED_URL: coordinator.url };
}

test.each(COMMANDS)('%s %s has help with examples', async (...command) => {
  const run = await runCommand([...command.filter((word) => word !== undefined), '--help']);
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('Examples:\n  $ ');
});

test('the help of all lists every command and every exit code', async () => {
  const { stdout, exitCode } = await runCommand(['--help']);
  expect(exitCode).toBe(0);
  for (const [command] of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  expect(stdout).toMatch(/^ {2}130 {2}interrupted/m);
});

test.each([
  [['frobnicate']],
  [['launch']],
  [['list', '--frobnicate']],
  [['up', '--trainers', 'many']],
  [['up', '--trainers', '-1']],
  [['reproduce', '--trainers', '0']],
  [['reproduce', '--children', '1.5']],
  [['reproduce', '--only', 'everything']],
  [['runs', 'x', '--limit', '1001']],
  [['completion', 'fish']],
])('%p is bad input, said on stderr', async (argumentList) => {
  const run = await runCommand(argumentList);
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toMatch(/^seedbed: /);
});

test("a page's limit and a seed's are the API's", () =>
  expect([PAGE_ROWS_MAX, SEED_MAX]).toEqual([LIMITS.pageRowsMax, LIMITS.seedMax]));

test('without a coordinator: exit code 3 and what to do', async () => {
  const run = await runCommand(['list', '--json']);
  expect(run.exitCode).toBe(3);
  expect(run.stderr).toContain('start one with `seedbed up`');
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { exitCode: 3 } });
});

test('plan needs no coordinator and does not guess a time', async () => {
  const run = await runCommand(['plan', 'sweep.yaml'], { directory });
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain('demo: 1 stage, 4 runs, 14,400 steps');
  expect(run.stdout).toContain('lambda=0; lambda=0.1');
  expect(run.stdout).toContain('No estimate of the time');
  const json = await runCommand(['plan', 'sweep.yaml', '--json'], { directory });
  expect(JSON.parse(json.stdout)).toMatchObject({ runs: 4, steps: 14_400, estimate: null });
});

test('plan estimates from what was measured on as many cores', async () => {
  const { cpus } = await import('node:os');
  const { writeThroughput } = await import('./progress/throughput.js');
  const environment = { XDG_STATE_HOME: directory };
  const measured = { stepsPerSecond: 1_440, numericsClass: null, measuredAt: '2026-11-23T20:00:00.000Z' };
  await writeThroughput(environment, { ...measured, cores: cpus().length });
  const run = await runCommand(['plan', 'sweep.yaml'], { directory, environment });
  expect(run.stdout).toContain('About 10 s at 1,440 steps/s, which the reproduction of 2026-11-23 measured');
  await writeThroughput(environment, { ...measured, cores: cpus().length + 1 });
  const other = await runCommand(['plan', 'sweep.yaml'], { directory, environment });
  expect(other.stdout).toContain('No estimate of the time');
});

test('each problem of a sweep file is a line with file and line number', async () => {
  writeFileSync(join(directory, 'bad.yaml'), 'seedbed: 1\nname: A B\nparametres: {}\n');
  const run = await runCommand(['plan', 'bad.yaml'], { directory });
  expect(run.exitCode).toBe(2);
  const lines = run.stderr.trim().split('\n');
  expect(lines[0]).toMatch(/^seedbed: bad\.yaml:2: name: /);
  expect(lines[1]).toMatch(/^seedbed: bad\.yaml:3: parametres: .*parameters/);
});

test.each([
  ['missing.yaml', 'missing.yaml: no such file'],
  ['large.yaml', 'a sweep file has at most'],
])('%s is refused', async (fileName, words) => {
  writeFileSync(join(directory, 'large.yaml'), ' '.repeat(LIMITS.sweepFileBytesMax + 1));
  const run = await runCommand(['plan', fileName], { directory });
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toContain(words);
});

test('launch prints the id alone on stdout and sends name and key', async () => {
  const environment = await withCoordinator(() => ({ status: 201, body: sweepStatus() }));
  const argumentList = ['launch', 'sweep.yaml', '--name', 'other', '--idempotency-key', 'k-1'];
  const run = await runCommand(argumentList, { directory, environment });
  expect(run).toMatchObject({ exitCode: 0, stdout: 'demo-1\n' });
  expect(coordinator?.requests[0]?.headers['idempotency-key']).toBe('k-1');
  expect(JSON.parse(coordinator?.requests[0]?.body ?? '')).toMatchObject({ spec: { name: 'other' } });
});

test('a name that is none is refused before anything is sent', async () => {
  const environment = await withCoordinator(() => ({ body: {} }));
  const run = await runCommand(['launch', 'sweep.yaml', '--name', 'No'], { directory, environment });
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toMatch(/^seedbed: --name: "No"/);
  expect(coordinator?.requests).toHaveLength(0);
});

test.each([
  ['completed', 0],
  ['incomplete', 1],
  ['failed', 1],
  ['cancelled', 1],
] as const)('watch of a sweep that ends %s ends with %d', async (state, exitCode) => {
  let asked = 0;
  const environment = await withCoordinator(() => {
    asked += 1;
    const stages = [stageProgress({ state: asked === 1 ? 'running' : 'completed' })];
    return { body: sweepStatus({ state: asked === 1 ? 'running' : state, reason: 'because', stages }) };
  });
  const run = await runCommand(['watch', 'demo-1'], { environment });
  expect(run.exitCode).toBe(exitCode);
  expect(run.stdout).toBe(`demo-1: ${state}: because\n`);
  expect(run.stderr).toContain('coarse: running');
});

test.each([
  ['completed', 0],
  ['running', 0],
  ['paused', 0],
  ['incomplete', 1],
  ['failed', 1],
  ['cancelled', 1],
] as const)('results of a sweep that is %s end with %d', async (state, exitCode) => {
  const environment = await withCoordinator(() => ({
    body: { sweepId: 'demo-1', state, stages: [], times: [] },
  }));
  expect(await runCommand(['results', 'demo-1'], { environment })).toMatchObject({
    exitCode,
    stdout: `demo-1: ${state}\n`,
  });
  expect((await runCommand(['results', 'demo-1', '--json'], { environment })).exitCode).toBe(exitCode);
});

test('runs --curve shows the evaluations of one run with the learning rate of their step', async () => {
  const accuracy = (correct: number) => ({ correct, count: 100 });
  const curve = {
    ...{ stage: 'coarse', trialIndex: 3, parameters: { lambda: 0.001 }, seed: 1, runId: 'a'.repeat(64) },
    ...{ state: 'training', source: 'live' },
    schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 100, cycles: 1 },
    points: [
      { step: 50, validation: { accuracy: accuracy(30), loss: 2, cost: 2.5 } },
      {
        step: 150,
        validation: { accuracy: accuracy(40), loss: null, cost: null },
        train: { accuracy: accuracy(55), loss: 1.25, cost: 1.5 },
      },
    ],
  };
  const asked: string[] = [];
  const environment = await withCoordinator(({ path }) => {
    asked.push(path);
    return { body: curve };
  });
  const run = await runCommand(['runs', 'demo-1', '--curve', 'aaaaaaaa'], { environment });
  expect(asked).toEqual(['/v1/sweeps/demo-1/runs/aaaaaaaa/curve']);
  expect(run.stdout.split('\n').map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
    'coarse, trial 3 (lambda=0.001), seed 1: training (as far as it is known; the record comes with its end)',
    'STEP LEARNING RATE VALIDATION LOSS TRAINING LOSS',
    '50 5e-2 30.00 % 2.0000 – –',
    '150 5e-2 40.00 % not finite 55.00 % 1.2500',
    '',
  ]);
  const json = await runCommand(['runs', 'demo-1', '--curve', 'aaaaaaaa', '--json'], { environment });
  expect(JSON.parse(json.stdout)).toEqual(curve);
});

test('watch --json prints one document per change, and nothing else on stdout', async () => {
  let asked = 0;
  const environment = await withCoordinator(() => {
    asked += 1;
    return { body: sweepStatus({ state: asked <= 2 ? 'running' : 'completed' }) };
  });
  const run = await runCommand(['watch', 'demo-1', '--json'], { environment });
  const states = run.stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { state: string }).state);
  expect(states).toEqual(['running', 'completed']);
});

test('Ctrl-C during a watch ends with 130', async () => {
  const controller = new AbortController();
  const environment = await withCoordinator(() => {
    controller.abort(new InterruptedError('SIGINT'));
    return { body: sweepStatus() };
  });
  const run = await runCommand(['watch', 'demo-1'], { environment, signal: controller.signal });
  expect(run.exitCode).toBe(130);
});

test('list reads every page', async () => {
  const environment = await withCoordinator(({ path }) => ({
    body: path.includes('cursor=next')
      ? { sweeps: [sweepStatus({ sweepId: 'demo-2' as never })], nextCursor: null }
      : { sweeps: [sweepStatus()], nextCursor: 'next' },
  }));
  const run = await runCommand(['list'], { environment });
  expect(run.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['SWEEP', 'demo-1', 'demo-2', '']);
});

test('an unknown sweep is bad input, a wrong time is a failure', async () => {
  const problem = (status: number) => ({ type: 'about:blank', title: 'T', status, detail: 'words' });
  const missing = await withCoordinator(() => ({ status: 404, body: problem(404) }));
  expect((await runCommand(['results', 'nope'], { environment: missing })).exitCode).toBe(2);
  await coordinator?.close();
  const finished = await withCoordinator(() => ({ status: 409, body: problem(409) }));
  expect(await runCommand(['cancel', 'x'], { environment: finished })).toMatchObject({
    exitCode: 1,
    stderr: 'seedbed: the coordinator says: words\n',
  });
});

test.each(['bash', 'zsh'])('completion for %s knows every command', async (shell) => {
  const { stdout } = await runCommand(['completion', shell]);
  for (const [command] of COMMANDS) expect(stdout).toContain(command);
  expect(stdout).toContain("'data') words='fetch --help'");
});

test('redis-acl keeps passwords off stdout, where the file is, and makes new ones each time', async () => {
  const first = await runCommand(['redis-acl']);
  expect(first.stdout.split('\n').map((line) => line.split(' ')[1])).toEqual([
    ...['default', 'coordinator', 'trainer', 'scaler'],
    undefined,
  ]);
  const passwords = first.stderr.match(/[0-9a-f]{48}/g) ?? [];
  expect(new Set(passwords).size).toBe(3);
  for (const password of passwords) expect(first.stdout).not.toContain(password);
  expect((await runCommand(['redis-acl'])).stdout).not.toBe(first.stdout);
  const rules = await runCommand(['redis-acl', '--rules', 'trainer']);
  expect(first.stdout).toContain(rules.stdout);
  expect((await runCommand(['redis-acl', '--rules', 'admin'])).exitCode).toBe(2);
});
