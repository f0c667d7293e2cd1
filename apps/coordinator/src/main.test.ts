/** The coordinator as a process: how it starts, what it says when it cannot, and how it ends. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { CIFAR10_DIGEST } from '@seedbed/data';
import { ensureCertificate, pinnedAgent } from '@seedbed/queue/tls';
import { type HealthResponse, type SweepStatus, canonicalJson } from '@seedbed/contracts';
import { ConductorBench } from './testing/conductor-bench.js';
import { FakeTrainer } from './testing/fake-trainer.js';
import { createTestSystem } from './testing/memory-system.js';
import { type TestServer, openRedisSystem, startTestServer } from './testing/redis-system.js';
import { twoStageSpec } from './testing/sweep-fixtures.js';
import { until } from './testing/until.js';

const PROJECT = join(__dirname, '..');
const MAIN = join(PROJECT, 'dist', 'main.js');
const END_WITHIN_MS = 3_000;

let server: TestServer;
const children: ChildProcess[] = [];

beforeAll(async () => {
  // The process runs what is built; an up-to-date build costs a second.
  const compiler = require.resolve('typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-b', PROJECT]);
  server = await startTestServer();
}, 180_000);
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await server.stop();
});

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

function start(environment: Record<string, string>): Started {
  const env = {
    PATH: process.env['PATH'],
    SEEDBED_LISTEN: '127.0.0.1:0',
    SEEDBED_RECONCILE_MS: '400',
    ...environment,
  };
  const child = fork(MAIN, [], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  // `close` would come after the last of the output, but never comes once the channel was disconnected from this side.
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const lastOutput = Promise.all(streams.map((stream) => once(stream, 'end')));
  const ended = once(child, 'exit').then(async ([code]) => {
    await lastOutput;
    return code as number | null;
  });
  return { child, output, ended };
}

async function startReady(
  environment: Record<string, string> = {},
  scheme = 'http',
): Promise<Started & { url: string }> {
  const started = start({ REDIS_URL: server.url, ...environment });
  const [message] = (await Promise.race([
    once(started.child, 'message'),
    started.ended.then((code) => {
      throw new Error(`exited with ${code}: ${started.output.stderr}`);
    }),
  ])) as [{ type: string; url: string }];
  expect(message.url).toMatch(new RegExp(`^${scheme}://127\\.0\\.0\\.1:\\d+$`));
  return { ...started, url: message.url };
}

async function endsInTime({ ended }: Started, end: () => void): Promise<void> {
  const began = performance.now();
  end();
  expect(await ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(END_WITHIN_MS);
}

describe('starting', () => {
  it('speaks HTTPS with a certificate, and only that', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'seedbed-https-'));
    const certificate = await ensureCertificate(directory);
    const { url } = await startReady({ SEEDBED_TLS_CERTIFICATE: certificate.path }, 'https');
    const { statusCode, body } = await new Promise<{ statusCode?: number; body: string }>(
      (resolve, reject) => {
        get(`${url}/v1/health/live`, { agent: pinnedAgent(certificate.fingerprint, 3_000) }, (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
          response.once('end', () => resolve({ statusCode: response.statusCode ?? 0, body }));
        }).once('error', reject);
      },
    );
    expect([statusCode, JSON.parse(body)]).toEqual([200, { live: true }]);
    await expect(fetch(`${url}/v1/health/live`)).rejects.toThrow();
    await expect(fetch(`${url.replace('https', 'http')}/v1/health/live`)).rejects.toThrow();
    const { output, ended } = start({
      REDIS_URL: server.url,
      SEEDBED_TLS_CERTIFICATE: join(directory, 'none'),
    });
    expect(await ended).toBe(1);
    expect(output.stderr).toMatch(/SEEDBED_TLS_CERTIFICATE.*cannot be read/);
    await rm(directory, { recursive: true });
  });

  it('says over IPC where it listens, and logs JSON on stdout only', async () => {
    const { url, output, child, ended } = await startReady();
    expect((await fetch(`${url}/v1/health/live`)).status).toBe(200);
    child.kill('SIGTERM');
    await ended;
    const lines = output.stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('coordinator is ready');
    expect(output.stderr).toBe('');
  }, 30_000);

  it('takes the token from the environment', async () => {
    const token = 'a-token-of-enough-length';
    const { url } = await startReady({ SEEDBED_TOKEN: token });
    expect((await fetch(`${url}/v1/health`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/v1/health`, { headers })).status).toBe(200);
  }, 30_000);
});

describe('refusing to start: one line on stderr, exit code 1', () => {
  async function refusal(environment: Record<string, string>): Promise<string> {
    const { output, ended } = start(environment);
    expect(await ended).toBe(1);
    expect(output.stderr.trim().split('\n')).toHaveLength(1);
    expect(output.stderr).toMatch(/^seedbed: /);
    expect(output.stderr).not.toContain('hunter2');
    return output.stderr;
  }

  it('without a server named', async () => {
    expect(await refusal({})).toContain('REDIS_URL: is not set');
  }, 30_000);

  it('when other machines could reach it without a token', async () => {
    const message = await refusal({ REDIS_URL: server.url, SEEDBED_LISTEN: '0.0.0.0:0' });
    expect(message).toContain('SEEDBED_TOKEN');
  }, 30_000);

  it('when nobody answers at the address of Redis', async () => {
    const message = await refusal({ REDIS_URL: 'redis://user:hunter2@127.0.0.1:1' });
    expect(message).toContain('127.0.0.1:1');
  }, 30_000);

  it('when Redis refuses the password', async () => {
    const { port } = new URL(server.url);
    const message = await refusal({ REDIS_URL: `redis://:hunter2@127.0.0.1:${port}` });
    expect(message).toContain(`127.0.0.1:${port}`);
    expect(message).toContain('refused access');
  }, 30_000);

  it('when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const message = await refusal({ REDIS_URL: server.url, SEEDBED_LISTEN: `127.0.0.1:${port}` });
    other.close();
    expect(message).toContain(`port ${port} is in use already`);
  }, 30_000);
});

describe('ending: in time, exit code 0', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s',
    async (signal) => {
      const started = await startReady();
      await endsInTime(started, () => started.child.kill(signal));
    },
    30_000,
  );

  it('when the process that started it is gone', async () => {
    const started = await startReady();
    await endsInTime(started, () => started.child.disconnect());
  }, 30_000);

  it('on SIGTERM while Redis hangs', async () => {
    const started = await startReady();
    process.kill(server.processId, 'SIGSTOP');
    try {
      await endsInTime(started, () => started.child.kill('SIGTERM'));
    } finally {
      process.kill(server.processId, 'SIGCONT');
    }
  }, 30_000);

  it('gives up the lead, so that the next one leads at once', async () => {
    const leads = async ({ url }: { readonly url: string }) => {
      const health = (await (await fetch(`${url}/v1/health`)).json()) as { status: string };
      return health.status === 'ok';
    };
    const first = await startReady();
    // The lease of a process that an earlier test killed has to run out.
    await until('the first leads', 10_000, () => leads(first));
    first.child.kill('SIGTERM');
    await first.ended;
    const second = await startReady();
    expect(await leads(second)).toBe(true);
  }, 30_000);
});

describe('two coordinators, of which the leading one is suspended over its lease again and again', () => {
  const ROUNDS = 4;
  /** Runs of its own for each round: what an earlier one has trained would be taken from there. */
  const specOf = (round: number) =>
    twoStageSpec({
      name: `suspended-${round}`,
      training: { schedule: { kind: 'constant', learningRate: 0.02, steps: 20 + round } },
    });

  async function undisturbedAnswer(round: number): Promise<string> {
    const bench = new ConductorBench(createTestSystem(), 'undisturbed', CIFAR10_DIGEST);
    const sweepId = await bench.launch(specOf(round));
    await bench.settle();
    return `${canonicalJson(await bench.answer(sweepId))}\n`;
  }

  it('lead in turn, and the answer is that of an undisturbed sweep', async () => {
    const both = [await startReady(), await startReady()] as const;
    const system = await openRedisSystem(server.url, { lockDurationMs: 1_000 });
    const statusOf = async ({ url }: { url: string }) =>
      ((await (await fetch(`${url}/v1/health`)).json()) as HealthResponse).status;
    try {
      const trainer = new FakeTrainer(system);
      let takeovers = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const [leader, other] = (await statusOf(both[0])) === 'ok' ? both : ([both[1], both[0]] as const);
        const launched = await fetch(`${other.url}/v1/sweeps`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ spec: specOf(round) }),
        });
        const { sweepId } = (await launched.json()) as SweepStatus;
        // Somewhere in its rounds: it plans, feeds and decides all the while.
        await until('blocks wait', 10_000, async () => (await system.queue.depth()).waiting > 0);
        await trainer.work(round);
        leader.child.kill('SIGSTOP');
        try {
          await until('the other leads', 15_000, async () => (await statusOf(other)) === 'ok');
          takeovers += 1;
          await trainer.work(1);
        } finally {
          leader.child.kill('SIGCONT');
        }
        await until('the sweep is over', 20_000, async () => {
          await trainer.heartbeat();
          await trainer.work();
          const status = (await (await fetch(`${other.url}/v1/sweeps/${sweepId}`)).json()) as SweepStatus;
          return status.state === 'completed';
        });
        expect(await (await fetch(`${leader.url}/v1/sweeps/${sweepId}/answer`)).text()).toBe(
          await undisturbedAnswer(round),
        );
        await until('it has noticed', 10_000, async () => (await statusOf(leader)) === 'not-leading');
      }
      expect(takeovers).toBe(ROUNDS);
      expect((await system.store.commitCounters()).divergent).toBe(0);
    } finally {
      await system.close();
    }
  }, 120_000);
});
