/**
 * The Slurm example, executed: its shell script with the variables of two array tasks against a real system. Only `srun` is a
 * stand-in, which starts what it is told to on this machine.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';

jest.setTimeout(120_000);

const REPOSITORY = join(__dirname, '..', '..', '..');
const SCRIPT = join(REPOSITORY, 'examples', 'slurm', 'trainers.sbatch');
/** Options before the command, as srun takes them. */
const SRUN = `#!/bin/sh
while [ "\${1#--}" != "$1" ]; do shift; done
exec "$@"
`;

const sweep = {
  seedbed: 1,
  name: 'slurm',
  seeds: 2,
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: 1_500 } },
  parameters: { lambda: { values: [0.001, 0.01] } },
} as const;

let directory: string;
const tasks: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seedbed-slurm-'));
  await writeFile(join(directory, 'srun'), SRUN);
  await chmod(join(directory, 'srun'), 0o700);
});
afterAll(async () => {
  for (const task of tasks) task.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

function startTask(index: number, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  const task = spawn('bash', [SCRIPT], {
    env: {
      PATH: [directory, dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: process.env['HOME'],
      SEEDBED_CACHE: process.env['SEEDBED_CACHE'],
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'],
      SEEDBED_JOIN_FILE: join(directory, 'join'),
      SEEDBED_LOG_LEVEL: 'warn',
      SLURM_ARRAY_JOB_ID: '4711',
      SLURM_ARRAY_TASK_ID: String(index),
      SLURM_CPUS_PER_TASK: '1',
      SLURM_SUBMIT_DIR: REPOSITORY,
      ...environment,
    },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  tasks.push(task);
  return task;
}

test('the script is sound, and says what it lacks', async () => {
  execFileSync('bash', ['-n', SCRIPT]);
  const task = startTask(0, { SEEDBED_JOIN_FILE: '/nonexistent' });
  let errors = '';
  task.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  expect(await once(task, 'close')).toEqual([2, null]);
  expect(errors).toMatch(/\/nonexistent cannot be read: put the line/);
});

test('tasks are as many as are wanted: begun last, ended first, and busy ones never', async () => {
  const script = join(REPOSITORY, 'examples', 'slurm', 'scale-trainers.sh');
  const journal = join(directory, 'journal');
  const squeue = '#!/bin/sh\ncase "$*" in *PENDING*) printf "$PENDING";; *) printf "$RUNNING";; esac\n';
  const others = `#!/bin/sh\necho "$(basename "$0") $*" >> ${journal}\n`;
  for (const [name, text] of Object.entries({ squeue, sbatch: others, scancel: others })) {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), 0o700);
  }
  const told = async (environment: NodeJS.ProcessEnv) => {
    await writeFile(journal, '');
    const path = [directory, process.env['PATH']].join(delimiter);
    execFileSync('bash', [script], { env: { PATH: path, PENDING: '', RUNNING: '', ...environment } });
    return (await readFile(journal, 'utf8')).trim().split('\n');
  };
  expect(await told({ SEEDBED_TRAINERS_WANTED: '3', RUNNING: '7_0\\n' })).toEqual([
    expect.stringMatching(/^sbatch --job-name seedbed-trainers --array 0-1 .*trainers\.sbatch$/),
  ]);
  const many = {
    PENDING: '8_1\\n',
    RUNNING: '7_0\\n7_1\\n7_2\\n',
    SEEDBED_TRAINERS_IDLE: 'here-1 slurm-7-2 slurm-7-0',
  };
  expect(await told({ ...many, SEEDBED_TRAINERS_WANTED: '2' })).toEqual(['scancel 8_1', 'scancel 7_2']);
  // The third trains.
  expect(await told({ ...many, SEEDBED_TRAINERS_WANTED: '0' })).toEqual([
    'scancel 8_1',
    'scancel 7_2',
    'scancel 7_0',
  ]);
  expect(await told({ ...many, SEEDBED_TRAINERS_WANTED: '4' })).toEqual(['']);
});

describeSystem('trainers on Slurm', () => {
  it('join, hand back when their time is up, and others finish', async () => {
    const system = await System.start();
    try {
      await writeFile(join(directory, 'join'), `seedbed trainer --join ${system.joinWord}\n`, {
        mode: 0o600,
      });
      const first = startTask(0);
      const sweepId = await system.launch(sweep);
      await system.until('the first task trains', async () => {
        const trainer = (await system.trainers()).find(({ trainerId }) => trainerId === 'slurm-4711-0');
        return trainer?.children === 1 && trainer.packs.some(({ step }) => step > 0) ? trainer : null;
      });
      first.kill('SIGTERM');
      expect(await once(first, 'exit')).toEqual([0, null]);
      expect(await system.trainers()).toEqual([]);
      expect((await system.status(sweepId)).state).toBe('running');
      const second = startTask(1);
      expect((await system.finished(sweepId)).state).toBe('completed');
      const trainers = (await system.runs(sweepId)).map(({ commit }) => commit?.provenance.trainerId);
      expect(new Set(trainers)).toContain('slurm-4711-1');
      second.kill('SIGTERM');
      expect(await once(second, 'exit')).toEqual([0, null]);
    } finally {
      await system.stop();
    }
  });
});
