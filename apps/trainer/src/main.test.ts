/** The trainer as its parent meets it: a process with an environment, signals and an exit code. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockOf } from './testing/blocks.js';
import { SCRIPTED_CHILD_PATH, type Script, TrainerSystem } from './testing/trainer-system.js';
import { until, untilDefined } from './testing/until.js';

jest.setTimeout(30_000);

let system: TrainerSystem;
const processes: ChildProcess[] = [];
beforeEach(async () => {
  system = await TrainerSystem.open();
});
afterEach(async () => {
  for (const trainer of processes.splice(0)) trainer.kill('SIGKILL');
  await system.close();
});

describe('a trainer process', () => {
  it('says when it is ready, hands its work back on SIGTERM and exits with 0', async () => {
    const job = blockOf({ trialIndex: 0, seeds: [1] });
    await system.launch([job]);
    const trainer = forkTrainer(system.gated());
    expect(await ready(trainer)).toEqual({ type: 'ready', trainerId: 'tested' });
    await until(async () => (await system.stateOf(job)) === 'active');
    const children = childrenOf(trainer);
    expect(children).toHaveLength(1);
    trainer.kill('SIGTERM');
    expect(await once(trainer, 'exit')).toEqual([0, null]);
    expect(await system.stateOf(job)).toBe('waiting');
    expect(await system.attemptsAt(job)).toEqual({ starts: 1, 'handed-back': 1 });
    expect(await system.store.listTrainers()).toEqual([]);
    await gone(children);
  });

  it('keeps Redis’s URL from its children', async () => {
    await ready(forkTrainer({ environment: system.path('environment') }));
    const environment = readFileSync(system.path('environment'), 'utf8');
    expect(environment).toContain('OMP_NUM_THREADS');
    expect(environment).not.toContain('redis');
  });

  it('takes its children along when it is killed, even in the middle of a computation', async () => {
    const job = blockOf({ trialIndex: 0, seeds: [1] });
    await system.launch([job]);
    const trainer = forkTrainer({ blockMs: 60_000, journal: system.path('journal') });
    await until(async () => existsSync(system.path('journal')));
    const children = childrenOf(trainer);
    trainer.kill('SIGKILL');
    await gone(children);
  });

  it('takes its children along by their channel alone where there is no setpriv', async () => {
    const trainer = forkTrainer({}, { PATH: '' });
    await ready(trainer);
    const children = childrenOf(trainer);
    trainer.kill('SIGKILL');
    await gone(children);
  });

  it('stops when its parent is gone', async () => {
    const trainer = forkTrainer({});
    await ready(trainer);
    const children = childrenOf(trainer);
    trainer.disconnect();
    expect(await once(trainer, 'exit')).toEqual([0, null]);
    await gone(children);
  });

  it('ends in bounded time without Redis, and at once when it is told twice', async () => {
    const [patient, impatient] = [forkTrainer({}), forkTrainer({}, { SEEDBED_TRAINER_ID: 'impatient' })];
    await Promise.all([ready(patient), ready(impatient)]);
    await system.server.kill();
    const exits = [once(patient, 'exit'), once(impatient, 'exit')];
    const asked = output(impatient, 'asked to stop');
    patient.kill('SIGTERM');
    impatient.kill('SIGTERM');
    await asked;
    impatient.kill('SIGTERM');
    expect(await Promise.all(exits)).toEqual([
      [0, null],
      [143, null],
    ]);
    await system.server.restart();
  });

  it('waits for a Redis that is not there yet', async () => {
    await system.server.kill();
    const trainer = forkTrainer({});
    await output(trainer, 'connection to Redis: will be tried again');
    await system.server.restart();
    await ready(trainer);
  });

  it('tells probes that it starts, works, has lost Redis, and works again; alive all the while', async () => {
    await system.server.kill();
    const trainer = forkTrainer({}, { SEEDBED_HEALTH_LISTEN: '127.0.0.1:0' });
    const port = /"port":(\d+)/.exec(await output(trainer, 'answering /livez'))?.[1];
    const probe = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, ...((await response.json()) as { reason: string | null }) };
    };
    const becomes = (status: number) => until(async () => (await probe('/readyz')).status === status);
    expect(await probe('/readyz')).toMatchObject({ status: 503, reason: 'the trainer is starting' });
    expect(await probe('/livez')).toMatchObject({ status: 200 });
    await system.server.restart();
    await becomes(200);
    await system.server.kill();
    await becomes(503);
    expect(await probe('/livez')).toMatchObject({ status: 200, reason: 'Redis does not answer' });
    await system.server.restart();
    await becomes(200);
  });

  it('exits with 2 and a sentence for a wrong setting', async () => {
    const trainer = forkTrainer({}, { SEEDBED_CHILDREN: 'many' });
    const [[code], message] = await Promise.all([
      once(trainer, 'exit') as Promise<[number]>,
      once(trainer.stderr!, 'data').then(String),
    ]);
    expect([code, message]).toEqual([2, expect.stringMatching(/^seedbed trainer: SEEDBED_CHILDREN: /)]);
  });

  it('exits with 1 when no child can be started', async () => {
    const trainer = forkTrainer({ refuse: 'no backend here' });
    const [[code]] = await Promise.all([once(trainer, 'exit'), output(trainer, 'no backend here')]);
    expect(code).toBe(1);
  });
});

function forkTrainer(script: Script, environment: NodeJS.ProcessEnv = {}): ChildProcess {
  // The trainer gives its child no arguments, so the script becomes part of the program.
  const childPath = system.path(`child-${processes.length}.cjs`);
  writeFileSync(
    childPath,
    `process.argv[2] = ${JSON.stringify(JSON.stringify(script))}; require(${JSON.stringify(SCRIPTED_CHILD_PATH)});`,
  );
  const trainer = fork(join(__dirname, 'main.ts'), [], {
    execArgv: ['--conditions=@seedbed/source', '--require', join(__dirname, 'testing', 'run-typescript.cjs')],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      REDIS_URL: system.server.urls.trainer,
      SEEDBED_TRAINER_ID: 'tested',
      SEEDBED_CHILDREN: '1',
      SEEDBED_CHILD_PATH: childPath,
      SEEDBED_LOCK_DURATION_MS: String(system.settings.lockDurationMs),
      ...environment,
    },
  });
  processes.push(trainer);
  return trainer;
}

async function ready(trainer: ChildProcess): Promise<unknown> {
  const [message] = (await once(trainer, 'message')) as [unknown];
  return message;
}

/** Resolves with all that was written when this text is on the trainer's standard output. */
async function output(trainer: ChildProcess, text: string): Promise<string> {
  let seen = '';
  for await (const [chunk] of on(trainer.stdout!)) {
    seen += String(chunk);
    if (seen.includes(text)) return seen;
  }
  return seen;
}

async function* on(stream: NodeJS.ReadableStream): AsyncGenerator<unknown[]> {
  for (;;) yield await once(stream, 'data');
}

function childrenOf(trainer: ChildProcess): number[] {
  const list = readFileSync(`/proc/${trainer.pid}/task/${trainer.pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** Resolves when none of these processes exists any more (a zombie, which only waits to be reaped, counts as gone). */
async function gone(processIds: readonly number[]): Promise<void> {
  expect(processIds.length).toBeGreaterThan(0);
  await untilDefined(async () => (processIds.some(isRunning) ? undefined : true));
}

function isRunning(processId: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'));
  } catch {
    return false;
  }
}
