/**
 * Three machines: one runs `seedbed up --listen`, the other two run the line that it prints, and a third person's commands
 * come from one of those. The answer is that of one machine. Who comes without TLS, with another certificate, token or user
 * is refused and told why.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join as joinPath } from 'node:path';
import { createInterface } from 'node:readline';
import { formatJoin, type Join, parseJoin, trainersResponseSchema } from '@seedbed/contracts';
import { Hosts, missingForHosts } from './hosts.fixture.js';
import { describeSystem } from './prerequisites.fixture.js';
import { System } from './system.js';
import { commandLines, textsBelow } from './visible-texts.fixture.js';

jest.setTimeout(180_000);

const fromHere = createRequire(__filename);
const SEEDBED = joinPath(dirname(fromHere.resolve('@seedbed/cli/package.json')), 'bin', 'seedbed.js');
const COORDINATOR_HOST = 0;

const sweep = {
  seedbed: 1,
  name: 'three-hosts',
  seeds: 3,
  data: { train: { first: 0, count: 1_000 }, validation: { first: 45_000, count: 500 } },
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: 60 } },
  parameters: { lambda: { min: 1e-4, max: 0.1, scale: 'log', count: 6 } },
} as const;

/** Built, since a Node without our conditions runs it. */
const TLS = joinPath(dirname(fromHere.resolve('@seedbed/queue/package.json')), 'dist', 'tls', 'index.js');
/** Prints what a path of the coordinator answers, to the last byte. */
const GET_PINNED = `
  const { pinnedAgent } = require(${JSON.stringify(TLS)});
  const [url, token, fingerprint] = process.argv.slice(1);
  const headers = { authorization: 'Bearer ' + token };
  require('node:https').get(url, { agent: pinnedAgent(fingerprint, 5000), headers }, (answer) => answer.pipe(process.stdout));
`;

interface Announcement {
  readonly url: string;
  readonly redis: string;
  readonly directory: string;
  readonly join: string;
  readonly steer: string;
  readonly joinFile: string;
  readonly steerFile: string;
}

const missing = missingForHosts();
if (missing !== null) process.stderr.write(`SKIPPED: three hosts: ${missing}\n`);
const describeHosts = missing === null ? describeSystem : describe.skip;

describeHosts('three hosts', () => {
  let hosts: Hosts;
  let directory: string;
  let up: ChildProcess;
  let announced: Announcement;
  let join: Join;

  /** Nothing of this machine's own state may be found. */
  const environment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    SEEDBED_CACHE: process.env['SEEDBED_CACHE'],
    XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'],
    XDG_STATE_HOME: joinPath(directory, 'state'),
    SEEDBED_LOG_LEVEL: 'warn',
    ...extra,
  });
  const seedbed = (...args: string[]) => [process.execPath, SEEDBED, ...args];
  const onHost = (host: number, args: readonly string[], extra: NodeJS.ProcessEnv = {}) =>
    hosts.run(host, seedbed(...args), environment({ XDG_STATE_HOME: '/nonexistent', ...extra }));

  async function startUp(): Promise<void> {
    const options = ['up', '--listen', hosts.centerAddress, '--trainers', '0', '--json'];
    up = hosts.start(COORDINATOR_HOST, seedbed(...options), environment());
    if (up.stdout === null) throw new Error('its output is not ours');
    for await (const line of createInterface({ input: up.stdout })) {
      announced = JSON.parse(line) as Announcement;
      join = parseJoin(announced.join);
      return;
    }
    throw new Error('up ended before it was ready');
  }

  /** Of all processes of the three hosts: `/proc` is one. */
  async function expectSecretsUnseen(): Promise<void> {
    const config = await readFile(joinPath(announced.directory, 'server/server.conf'), 'utf8');
    const secrets = [
      announced.join,
      announced.steer,
      join.token,
      parseJoin(announced.steer).token,
      ...(config.match(/(?<=requirepass |on >)\S+/g) ?? []),
    ];
    const lines = await commandLines();
    expect(lines.filter((line) => line.includes(`--join\0@${announced.joinFile}`))).not.toEqual([]);
    const logs = await textsBelow(announced.directory, (name) => name.endsWith('.log'));
    for (const text of [...lines, ...logs])
      for (const secret of secrets) expect(text.includes(secret) ? text : '').toBe('');
  }

  beforeAll(async () => {
    directory = await mkdtemp(joinPath(tmpdir(), 'seedbed-hosts-'));
    hosts = new Hosts(2);
    await startUp();
  });

  afterAll(async () => {
    await hosts.remove();
    await rm(directory, { recursive: true });
  });

  it('train one sweep by the printed line, and its answer is that of one machine', async () => {
    const file = joinPath(directory, 'sweep.json');
    await writeFile(file, JSON.stringify(sweep));
    const trainers = [1, 2].map((host) =>
      hosts.start(
        host,
        seedbed('trainer', '--join', `@${announced.joinFile}`, '--children', '1'),
        environment({ SEEDBED_TRAINER_ID: `host-${host}`, SEEDBED_PACK_RUNS_MAX: '3' }),
      ),
    );
    const ids = async () => {
      const { stdout } = await onHost(1, ['trainers', '--json', '--join', `@${announced.steerFile}`]);
      return trainersResponseSchema.parse(JSON.parse(stdout)).trainers.map(({ trainerId }) => trainerId);
    };
    while ((await ids()).length < 2)
      expect(trainers.map((trainer) => trainer.exitCode)).toEqual([null, null]);
    await expectSecretsUnseen();

    // Launched, followed and read by a person at one of the other machines.
    const launched = await onHost(2, ['launch', file, '--watch'], { SEEDBED_JOIN: announced.steer });
    expect(launched).toMatchObject({ exitCode: 0 });
    const sweepId = launched.stdout.split('\n')[0] ?? '';
    const runs = await onHost(2, ['runs', sweepId, '--all', '--json', '--join', announced.steer]);
    for (const host of ['host-1', 'host-2']) expect(runs.stdout).toContain(`"trainerId":"${host}"`);
    const answerUrl = `${join.url}/v1/sweeps/${sweepId}/answer`;
    const get = [
      process.execPath,
      '-e',
      GET_PINNED,
      answerUrl,
      parseJoin(announced.steer).token,
      join.fingerprint ?? '',
    ];
    const { stdout: answer } = await hosts.run(2, get, environment());

    const alone = await System.start();
    try {
      await alone.startTrainer();
      const local = await alone.launch(sweep);
      expect((await alone.finished(local)).state).toBe('completed');
      expect(answer).toBe((await alone.answer(local)).text);
    } finally {
      await alone.stop();
    }
    expect(await Promise.all(trainers.map((trainer) => hosts.end(trainer)))).toEqual([143, 143]);
  });

  it('keep the same line over a restart, and the secrets to their owner', async () => {
    const before = [announced.join, announced.steer];
    expect(await hosts.end(up)).toBe(143);
    await startUp();
    expect([announced.join, announced.steer]).toEqual(before);
    const files = [
      'tls/join',
      'tls/steer',
      'tls/certificate.pem',
      'tls/token',
      'tls/trainer-token',
      'server/server.conf',
    ];
    for (const file of files) {
      expect((await stat(joinPath(announced.directory, file))).mode & 0o777).toBe(0o600);
    }
    const config = await readFile(joinPath(announced.directory, 'server/server.conf'), 'utf8');
    expect(config).toMatch(/^bind 127\.0\.0\.1$/m);
    expect(config).toMatch(/^user default off/m);
  });

  it('may train with the line for trainers, and steer nothing', async () => {
    const refused = await onHost(1, ['list', '--join', announced.join]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/is a trainer's, which does not open GET \/v1\/sweeps/);
    const known = await onHost(1, ['trainers', '--json', '--join', announced.join]);
    expect(known.exitCode).toBe(0);
  });

  it('cannot reach the server but through TLS', async () => {
    const port = Number(new URL(announced.redis).port);
    const dial = `require('node:net').connect(${port}, '${hosts.centerAddress}').on('error', (e) => console.log(e.code))`;
    const { stdout } = await hosts.run(1, [process.execPath, '-e', dial], environment());
    expect(stdout.trim()).toBe('ECONNREFUSED');
  });

  const queueUrl = () => new URL(join.redisUrl);
  const withJoin = (change: Partial<Join>) => ['trainer', '--join', formatJoin({ ...join, ...change })];

  it.each([
    {
      who: 'a trainer with another token',
      args: () => withJoin({ token: 'another-token-of-enough-length' }),
      reason: /refused the token/,
    },
    {
      who: 'a trainer that expects another certificate',
      args: () => withJoin({ fingerprint: '0'.repeat(64) }),
      reason: /another certificate/,
    },
    {
      who: 'a trainer that expects another certificate of the queue',
      args: () => withJoin({ redisUrl: join.redisUrl.replace(/=.*/, `=${'0'.repeat(64)}`) }),
      reason: /another certificate/,
    },
    {
      who: 'a trainer with another user',
      args: () => withJoin({ redisUrl: join.redisUrl.replace('trainer:', 'coordinator:') }),
      reason: /refused access.*WRONGPASS/,
    },
    {
      who: 'a trainer without a user',
      args: () => withJoin({ redisUrl: join.redisUrl.replace(/\/\/.*@/, '//') }),
      reason: /NOAUTH|refused access/,
    },
    {
      who: 'a trainer without TLS to the queue',
      args: () =>
        withJoin({ redisUrl: `redis://${queueUrl().username}:${queueUrl().password}@${queueUrl().host}` }),
      reason: /speaks TLS only: use a rediss/,
    },
    {
      who: 'a command without TLS',
      args: () => ['list'],
      extra: () => ({ SEEDBED_URL: join.url.replace('https', 'http'), SEEDBED_TOKEN: join.token }),
      reason: /does it speak TLS/,
    },
    {
      who: 'a command that trusts authorities only',
      args: () => ['list'],
      extra: () => ({ SEEDBED_URL: join.url, SEEDBED_TOKEN: join.token }),
      reason: /certificate is signed by itself/,
    },
  ])('refuse $who, with the reason', async ({ args, extra, reason }) => {
    const refused = await onHost(1, args(), extra?.() ?? {});
    expect(refused.exitCode).toBeGreaterThan(0);
    expect(refused.stderr).toMatch(reason);
    for (const secret of [join.token, queueUrl().password]) expect(refused.stderr).not.toContain(secret);
  });
});
