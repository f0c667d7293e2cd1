// compose.yaml on this machine, as a person starts it, in a project of its own: containers, networks and volumes have its name
// and are gone after `stop`.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { runProcess } from '../../tools/bootstrap/processes.mjs';
import { repositoryRoot } from '../../tools/bootstrap/repository.mjs';
import { podman, podmanEnvironment, tryPodman } from './podman.mjs';
import { podmanCompose } from './podman-compose.mjs';

const TIMEOUT_MS = 2 * 60_000;
const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/** @typedef {{trainerId: string, host: string, state: string, packs: {step: number, steps: number}[]}} TrainerRow */

export class ComposedSystem {
  /** @param {{project: string, port: number, directory: string, images: import('./test-images.mjs').TestImages}} options */
  constructor(options) {
    this.options = options;
    /** Names in docker/, applied on top of compose.yaml. @type {string[]} */
    this.additions = [];
    this.token = /^SEEDBED_TOKEN=(.+)$/m.exec(this.secret('coordinator.env'))?.[1];
  }

  /** @param {'coordinator.env' | 'trainer.env'} name */
  secret(name) {
    return readFileSync(join(this.options.directory, 'secrets', name), 'utf8');
  }

  /** @param {import('./test-images.mjs').TestImages} images */
  static async prepare(images) {
    const directory = mkdtempSync(join(tmpdir(), 'seedbed-compose-'));
    const secrets = join(directory, 'secrets');
    mkdirSync(secrets, { mode: 0o700 });
    // With the program in the image, as those do it who have no checkout that is set up.
    const program = ['node', 'docker/make-secrets.mjs', '/secrets'];
    await podman('run', '--rm', '--user=0:0', `--volume=${secrets}:/secrets`, images.coordinator, ...program);
    writeFileSync(
      join(directory, 'data.yaml'),
      [
        'services:',
        // Trainers have neither a mount nor a way out: theirs comes from the coordinator.
        ...['data', 'coordinator'].flatMap((service) => [
          `  ${service}:`,
          `    volumes: ['${join(cacheDirectory(), 'cifar10')}:/cifar10:ro']`,
          '    environment: { SEEDBED_CIFAR10: /cifar10 }',
        ]),
        '',
      ].join('\n'),
    );
    const project = `seedbed-test-${randomBytes(4).toString('hex')}`;
    return new ComposedSystem({ project, port: await freePort(), directory, images });
  }

  /** Also changes the number of trainers of a system that runs. @param {number} trainers */
  async up(trainers) {
    const words = ['up', '--detach', '--no-build', '--no-recreate', '--scale', `trainer=${trainers}`];
    await this.compose(...words);
  }

  /** @param {'redis' | 'coordinator' | 'trainer'} service @param {number} [number] */
  container(service, number = 1) {
    return `${this.options.project}_${service}_${number}`;
  }

  /** Ends all trainers and forgets the copy of the data set that they share. */
  async removeTrainers() {
    const filter = `--filter=name=${this.options.project}_trainer_`;
    const names = (await podman('ps', '--all', '--format={{.Names}}', filter)).split('\n').filter(Boolean);
    await podman('rm', '--force', '--time=10', ...names);
    const volume = `--volume=${this.options.project}_data:/data`;
    const program = ['-c', 'rm -rf /data/*'];
    const image = this.options.images.trainer;
    await podman('run', '--rm', '--user=0:0', '--entrypoint=sh', volume, image, ...program);
  }

  /** Removes everything of this project, whatever state it is in. */
  async stop() {
    const { project, directory } = this.options;
    const filter = `--filter=label=io.podman.compose.project=${project}`;
    const containers = (await podman('ps', '--all', '--quiet', filter)).split('\n').filter(Boolean);
    // Those that others depend on are removed with them.
    if (containers.length > 0) await podman('rm', '--force', '--depend', '--time=0', ...containers);
    await tryPodman('pod', 'rm', '--force', `pod_${project}`);
    const volumes = ['redis', 'data', 'sets', 'checkpoints'].map((name) => `${project}_${name}`);
    await tryPodman('volume', 'rm', '--force', ...volumes);
    await tryPodman('network', 'rm', '--force', `${project}_queue`, `${project}_outside`);
    rmSync(directory, { recursive: true, force: true });
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   * @returns {Promise<any>} the body, parsed
   */
  async api(path, init = {}) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${this.options.port}${path}`, { ...init, headers });
    const body = await response.json();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** @param {object} spec @returns {Promise<string>} the id of the sweep */
  async launch(spec) {
    return (await this.api('/v1/sweeps', { method: 'POST', body: JSON.stringify({ spec }) })).sweepId;
  }

  /** @returns {Promise<TrainerRow[]>} */
  async trainers() {
    return (await this.api('/v1/trainers')).trainers;
  }

  /**
   * Asks again and again until there is an answer; what is away answers later.
   *
   * @template T
   * @param {string} what
   * @param {() => Promise<T | null | undefined | false>} ask
   * @returns {Promise<T>}
   */
  async until(what, ask) {
    const deadline = performance.now() + PATIENCE_MS;
    let last = '';
    for (;;) {
      const answer = await ask().catch((/** @type {unknown} */ thrown) => {
        last = String(thrown);
        return null;
      });
      if (answer) return answer;
      if (performance.now() > deadline) {
        throw new Error(
          `waited ${PATIENCE_MS / 1000} s in vain until ${what}. ${last}\n${await this.logs()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async logs() {
    const filter = `--filter=label=io.podman.compose.project=${this.options.project}`;
    const names = (await podman('ps', '--all', '--format={{.Names}}', filter)).split('\n').filter(Boolean);
    const texts = await Promise.all(
      names.map(async (name) => {
        const { stdout, stderr } = await tryPodman('logs', '--tail=15', name);
        return `--- ${name}\n${stdout}${stderr}`;
      }),
    );
    return texts.join('\n');
  }

  /** @param {string[]} words */
  async compose(...words) {
    const { project, port, directory, images } = this.options;
    const [command = '', ...first] = await podmanCompose();
    const own = ['compose.yaml', ...this.additions].map((name) => join(repositoryRoot, 'docker', name));
    const files = [...own, join(directory, 'data.yaml')];
    const options = ['-p', project, ...files.flatMap((path) => ['-f', path])];
    const { exitCode, stdout, stderr } = await runProcess(command, [...first, ...options, ...words], {
      env: {
        ...podmanEnvironment(),
        SEEDBED_REDIS_IMAGE: images.redis,
        SEEDBED_COORDINATOR_IMAGE: images.coordinator,
        SEEDBED_TRAINER_IMAGE: images.trainer,
        SEEDBED_SECRETS: join(directory, 'secrets'),
        SEEDBED_PORT: String(port),
      },
      timeoutMs: TIMEOUT_MS,
    });
    if (exitCode !== 0)
      throw new Error(`compose ${words.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
