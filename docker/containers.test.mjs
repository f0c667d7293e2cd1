// The images as they ship and compose.yaml as a person starts it: a real sweep on real CIFAR-10, scaling, stopping, limits.
// Everything is in podman's storage for tests; nothing of this machine's own containers is seen or touched.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../tools/bootstrap/cache-directory.mjs';
import { ComposedSystem } from './testing/composed-system.mjs';
import { missingPrerequisite, podman, tryPodman } from './testing/podman.mjs';
import { missingForCompose } from './testing/podman-compose.mjs';
import { buildTestImages, releaseTestImages } from './testing/test-images.mjs';

/** An empty cache: Debian's packages, npm's, TensorFlow's wheel; everything is compiled, perhaps beside other work. */
const BUILD_TIMEOUT_MS = 20 * 60_000;
jest.setTimeout(180_000);

const CIFAR10 = join(cacheDirectory(), 'cifar10', 'data_batch_1.bin');
const missing =
  missingPrerequisite() ??
  missingForCompose() ??
  (existsSync(CIFAR10) ? null : `${CIFAR10} is missing (run: npx seedbed data fetch)`);
if (missing !== null) process.stderr.write(`SKIPPED: containers: ${missing}\n`);
const describeContainers = missing === null ? describe : describe.skip;

/** compose.yaml's grace period for trainers; far above what they take. */
const GRACE_SECONDS = 15;

/** @param {string} name @param {{steps: number, trials: number}} size */
const sweepOf = (name, { steps, trials }) => ({
  seedbed: 1,
  name,
  data: {
    train: { first: 0, count: 2_000 },
    validation: { first: 45_000, count: 1_000 },
    order: 'shuffled',
    dataSeed: 7,
  },
  training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: steps, cycles: 1 } },
  stages: [
    {
      name: 'coarse',
      seeds: 5,
      parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: trials } },
    },
  ],
});

describeContainers('images', () => {
  const tag = `test-${randomBytes(4).toString('hex')}`;
  /** @type {import('./testing/test-images.mjs').TestImages} */
  let images;
  /** @type {ComposedSystem} */
  let system;

  beforeAll(async () => {
    images = await buildTestImages({ tag, revision: tag });
    system = await ComposedSystem.prepare(images);
    await system.up(1);
    await system.until('a trainer has joined', async () => (await system.trainers()).length === 1);
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    await system?.stop();
    if (images) await releaseTestImages(tag);
  });

  /** @param {string} container @param {string[]} command */
  const inside = (container, ...command) => tryPodman('exec', container, ...command);

  it('carry who made them, a user without rights, an init and a health check', async () => {
    for (const image of [images.coordinator, images.trainer, images.cli]) {
      const [{ Config: config, Size: bytes }] = JSON.parse(await podman('image', 'inspect', image));
      expect(config.User).toBe('10001:10001');
      expect(config.Entrypoint.slice(0, 2)).toEqual(['/usr/bin/tini', '--']);
      expect(config.Labels).toMatchObject({
        'org.opencontainers.image.licenses': 'Apache-2.0',
        // A layer from podman's cache has the revision of the build that made it.
        'org.opencontainers.image.revision': expect.stringMatching(/^test/),
        'org.opencontainers.image.version': '0.1.0',
      });
      expect(config.Env.join('\n')).not.toMatch(/TOKEN|REDIS_URL|PASSWORD/);
      process.stderr.write(`${image}: ${Math.round(bytes / 1e6)} MB\n`);
    }
  });

  it('have no compiler, no package caches, no sources and no setuid program', async () => {
    for (const image of [images.coordinator, images.trainer, images.cli]) {
      const search = String.raw`
        for name in g++ gcc cc python3 make; do command -v $name; done
        find / -xdev \( -path /proc -o -path /sys \) -prune -o -type f \( -perm /6000 \
          -o -path '/app/*.map' -o -path '/app/apps/*.test.*' -o -path '/app/libs/*.test.*' -o -path '/app/*.ts' -o -path '/var/lib/apt/lists/*_*' \
          -o -path '/var/cache/apt/*.bin' -o -path '*/_cacache/*' \) -print | head
        ls /app/node_modules | grep -E '^(typescript|jest|nx|eslint|@swc)$'; true`;
      expect(await podman('run', '--rm', '--entrypoint=sh', '--user=0', image, '-c', search)).toBe('');
    }
  });

  it('keep TensorFlow out of the coordinator and the command line, and in the trainer', async () => {
    const find = ['-c', "find / -xdev -iname '*tensorflow*' -not -path '/proc/*' | head"];
    const run = (/** @type {string} */ image) =>
      podman('run', '--rm', '--entrypoint=sh', '--user=0', image, ...find);
    expect(await run(images.coordinator)).toBe('');
    expect(await run(images.cli)).toBe('');
    expect(await run(images.trainer)).toContain('libtensorflow_cc.so.2');
  });

  it('list every package that is installed in their bill of materials', async () => {
    const program = `
      const fs = require('fs');
      const bom = JSON.parse(fs.readFileSync('sbom.' + process.argv[1] + '.cdx.json', 'utf8'));
      const listed = new Set(bom.components.map((component) => component['bom-ref']));
      const walk = (modules) => !fs.existsSync(modules) ? [] : fs.readdirSync(modules).flatMap((name) =>
        name.startsWith('@') ? fs.readdirSync(modules + '/' + name).map((inner) => name + '/' + inner) : [name])
        .filter((name) => !name.startsWith('.') && !name.startsWith('@seedbed/'))
        .flatMap((name) => [modules + '/' + name, ...walk(modules + '/' + name + '/node_modules')]);
      const installed = [...walk('node_modules'), ...fs.readdirSync('libs').flatMap((lib) => walk('libs/' + lib + '/node_modules'))]
        .filter((path) => fs.existsSync(path + '/package.json'));
      console.log(JSON.stringify({ count: installed.length, unlisted: installed.filter((path) => !listed.has(path)) }));`;
    for (const [app, image] of /** @type {const} */ ([
      ['coordinator', images.coordinator],
      ['trainer', images.trainer],
      ['cli', images.cli],
    ])) {
      const output = await podman('run', '--rm', '--entrypoint=node', image, '-e', program, app);
      const { count, unlisted } = JSON.parse(output);
      expect(unlisted).toEqual([]);
      expect(count).toBeGreaterThan(50);
    }
  });

  it('run what the command line is for', async () => {
    const help = await podman(
      'run',
      '--rm',
      '--read-only',
      '--cap-drop=all',
      '--network=none',
      images.cli,
      'redis-acl',
      '--json',
    );
    expect(JSON.parse(help).users).toHaveLength(3);
  });

  it('hold what compose.yaml promises: no rights, read-only, limits', async () => {
    const trainer = system.container('trainer');
    for (const name of [trainer, system.container('coordinator'), system.container('redis')]) {
      const status = (await inside(name, 'cat', '/proc/1/status')).stdout;
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^CapBnd:\s+0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(status).toMatch(/^Seccomp:\s+2$/m);
      expect(status).toMatch(/^Uid:\s+(?:10001|999)\b/m);
      expect((await inside(name, 'sh', '-c', 'echo x > /app/x || echo x > /x')).stderr).toMatch(
        /Read-only file system/,
      );
    }
    const [{ HostConfig: limits }] = JSON.parse(await podman('inspect', trainer));
    expect(limits).toMatchObject({ Memory: 2 * 1024 ** 3, PidsLimit: 128, NanoCpus: 1e9 });
    // The limit is the kernel's: the 200 processes are not all started.
    const crowd = 'for i in $(seq 200); do sleep 1 & done; jobs -p | wc -l';
    expect((await inside(trainer, 'sh', '-c', crowd)).stderr).toMatch(
      /fork|Resource temporarily unavailable/i,
    );
  });

  it('are ended by the kernel above their memory and say so', async () => {
    const hog = 'const kept = []; for (;;) kept.push(Buffer.alloc(16 * 1024 * 1024, 1));';
    const { exitCode } = await tryPodman(
      'run',
      '--rm',
      '--memory=128m',
      '--memory-swap=128m',
      images.trainer,
      'node',
      '-e',
      hog,
    );
    expect(exitCode).toBe(137);
  });

  it('let only users with a password at the server, each with its role', async () => {
    const ask = (/** @type {string[]} */ ...words) =>
      inside(system.container('redis'), 'redis-cli', ...words);
    expect((await ask('keys', '*')).stdout).toMatch(/NOAUTH/);
    const url = /redis:\/\/trainer:(\w+)@/.exec(system.secret('trainer.env'));
    const asTrainer = ['--no-auth-warning', '--user', 'trainer', '--pass', url?.[1] ?? ''];
    expect((await ask(...asTrainer, 'ping')).stdout).toMatch(/PONG/);
    expect((await ask(...asTrainer, 'flushall')).stdout).toMatch(/NOPERM/);
    // Full, it refuses writes and forgets nothing; the rest of the container's memory is for the rewriting of its file.
    const memory = (await ask(...asTrainer, 'info', 'memory')).stdout;
    expect(memory).toMatch(/maxmemory:503316480\b/);
    expect(memory).toMatch(/maxmemory_policy:noeviction/);
  });

  it('keep checkpoints in a volume that the coordinator can write to', async () => {
    const program =
      'test "$SEEDBED_CHECKPOINT_DIR" = /var/lib/seedbed/checkpoints && mkdir -p "$SEEDBED_CHECKPOINT_DIR/try"';
    const coordinator = system.container('coordinator');
    expect(await inside(coordinator, 'sh', '-c', program)).toMatchObject({ exitCode: 0, stderr: '' });
    const [{ Mounts: mounts }] = JSON.parse(await podman('inspect', coordinator));
    expect(mounts).toContainEqual(
      expect.objectContaining({ Type: 'volume', Destination: '/var/lib/seedbed', RW: true }),
    );
  });

  it('train a sweep on two trainers after scaling, and are healthy', async () => {
    await system.up(2);
    await system.until('both trainers have joined', async () => (await system.trainers()).length === 2);
    const sweepId = await system.launch(sweepOf('composed', { steps: 100, trials: 6 }));
    const status = await system.until('the sweep is done', async () => {
      const now = await system.api(`/v1/sweeps/${sweepId}`);
      return now.state === 'running' ? null : now;
    });
    expect(status.state).toBe('completed');
    const { runs } = await system.api(`/v1/sweeps/${sweepId}/runs?limit=100`);
    expect(runs).toHaveLength(30);
    const provenances = runs.map((/** @type {any} */ { commit }) => commit.provenance);
    expect(new Set(provenances.map((/** @type {any} */ { backend }) => backend))).toEqual(
      new Set(['tensorflow']),
    );
    expect(new Set(provenances.map((/** @type {any} */ { trainerId }) => trainerId)).size).toBe(2);
    for (const name of [
      system.container('redis'),
      system.container('coordinator'),
      system.container('trainer', 2),
    ]) {
      expect((await tryPodman('healthcheck', 'run', name)).exitCode).toBe(0);
    }
  });

  it('hand their work back on SIGTERM, within the grace period and with exit code 0', async () => {
    const sweepId = await system.launch(sweepOf('drained', { steps: 300, trials: 6 }));
    const victim = system.container('trainer', 2);
    const host = (await podman('inspect', '--format={{.Config.Hostname}}', victim)).trim();
    await system.until('the trainer is in the middle of a pack', async () => {
      const row = (await system.trainers()).find((trainer) => trainer.host === host);
      return row?.packs.some(({ step, steps }) => step > 0 && step < steps);
    });
    const startedAt = performance.now();
    await podman('stop', `--time=${GRACE_SECONDS}`, victim);
    const seconds = (performance.now() - startedAt) / 1_000;
    const [{ State: state }] = JSON.parse(await podman('inspect', victim));
    expect(state).toMatchObject({ ExitCode: 0, OOMKilled: false });
    expect(seconds).toBeLessThan(GRACE_SECONDS / 2);
    expect((await system.trainers()).map((trainer) => trainer.host)).not.toContain(host);
    const status = await system.until('the other trainer has done the rest', async () => {
      const now = await system.api(`/v1/sweeps/${sweepId}`);
      return now.state === 'running' ? null : now;
    });
    expect(status).toMatchObject({
      state: 'completed',
      stages: [{ planned: 30, committed: 30, deadLetters: 0 }],
    });
  });

  it('are alive but not ready without the server, and keep what it had when it is back', async () => {
    const [redis, coordinator, trainer] = /** @type {const} */ (['redis', 'coordinator', 'trainer']).map(
      (service) => system.container(service),
    );
    const before = (await system.api('/v1/sweeps')).sweeps.length;
    const readiness = (/** @type {string | undefined} */ name, /** @type {number} */ port) =>
      inside(name ?? '', 'node', 'docker/probe.mjs', `http://127.0.0.1:${port}/readyz`);
    await podman('kill', '--signal=KILL', redis ?? '');
    await system.until('nobody is ready', async () => {
      const answers = await Promise.all([readiness(coordinator, 7333), readiness(trainer, 7334)]);
      return answers.every(({ stdout }) => stdout.startsWith('503'));
    });
    for (const name of [coordinator, trainer]) {
      expect((await tryPodman('healthcheck', 'run', name ?? '')).exitCode).toBe(0);
    }
    await tryPodman('start', redis ?? '');
    await system.until('all are ready again', async () => {
      const answers = await Promise.all([readiness(coordinator, 7333), readiness(trainer, 7334)]);
      return answers.every(({ stdout }) => stdout.startsWith('200'));
    });
    expect((await system.api('/v1/sweeps')).sweeps).toHaveLength(before);
  });

  it("back up what they hold, by the command on the server's network", async () => {
    const { project, directory } = system.options;
    const secrets = join(directory, 'secrets', 'coordinator.env');
    const onQueue = ['--rm', '--user=0:0', `--network=${project}_queue`, `--env-file=${secrets}`];
    const image = [`--volume=${directory}:/backups`, images.cli];
    await podman('run', ...onQueue, ...image, 'backup', '--output', '/backups/backup.jsonl.gz');
    const check = ['restore', '/backups/backup.jsonl.gz', '--check', '--json'];
    const text = await podman('run', '--rm', '--user=0:0', '--network=none', ...image, ...check);
    const { sweeps } = await system.api('/v1/sweeps');
    expect(sweeps.length).toBeGreaterThan(1);
    expect(JSON.parse(text).records.sweep).toBe(sweeps.length);
  });

  it('train from the volume of the coordinator with compose.shared-data.yaml, and keep no copy', async () => {
    const fill = 'mkdir -p "$SEEDBED_CACHE/cifar10" && cp /cifar10/*.bin "$SEEDBED_CACHE/cifar10/"';
    expect(await inside(system.container('coordinator'), 'sh', '-c', fill)).toMatchObject({ exitCode: 0 });
    await system.removeTrainers();
    system.additions.push('compose.shared-data.yaml');
    await system.up(1);
    const sweepId = await system.launch(sweepOf('shared-data', { steps: 50, trials: 2 }));
    const status = await system.until('the sweep is done', async () => {
      const now = await system.api(`/v1/sweeps/${sweepId}`);
      return now.state === 'running' ? null : now;
    });
    expect(status.state).toBe('completed');
    const trainer = system.container('trainer');
    const { stdout } = await inside(
      trainer,
      'sh',
      '-c',
      'ls "$SEEDBED_CACHE"/cifar10/*.bin; ls /data/cifar10',
    );
    expect(stdout).toMatch(/^data_batch_1\.bin$/m);
    expect(stdout).not.toMatch(/seedbed\/cifar10/);
    expect((await inside(trainer, 'touch', '/data/x')).stderr).toMatch(/Read-only file system/);
  });

  it('end the coordinator on SIGTERM with exit code 0', async () => {
    await podman('stop', `--time=${GRACE_SECONDS}`, system.container('coordinator'));
    const [{ State: state }] = JSON.parse(await podman('inspect', system.container('coordinator')));
    expect(state.ExitCode).toBe(0);
  });
});
