// A whole Seedbed as people start it, `seedbed up`, in a folder of its own; spoken to over its HTTP interface.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';

const POLL_MS = 20;
const START_DEADLINE_MS = 60_000;
/** Of one system that ends with the benchmark. */
const TOKEN = randomBytes(24).toString('hex');

export class SeedbedSystem {
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  #directory;
  #url = '';

  /** @type {import('node:child_process').ChildProcess[]} */
  #trainers = [];

  /**
   * @param {{trainers: number}} [options] trainers with a child per core each
   * @returns {Promise<SeedbedSystem>} once their children are there
   */
  static async start({ trainers } = { trainers: 1 }) {
    const system = new SeedbedSystem(trainers);
    try {
      await system.#untilReady();
      await system.#untilAlive(trainers);
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  /** @param {number} trainers */
  constructor(trainers) {
    this.#directory = mkdtempSync(join(tmpdir(), 'seedbed-bench-'));
    const main = join(repositoryRoot, 'apps', 'cli', 'dist', 'main.js');
    const words = ['up', '--listen', '127.0.0.1:0', '--directory', join(this.#directory, 'system'), '--json'];
    words.push('--trainers', String(trainers));
    this.#process = spawn(process.execPath, [main, ...words], {
      // Its address is not what the user's other commands shall find.
      env: { ...process.env, XDG_STATE_HOME: this.#directory, SEEDBED_TOKEN: TOKEN, REDIS_URL: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /**
   * @param {object} spec
   * @returns {Promise<string>} sweep id
   */
  async launch(spec) {
    return (await this.#request('/v1/sweeps', { spec })).sweepId;
  }

  /**
   * @param {string} sweepId
   * @throws {Error} when it ends in another way than completed
   */
  async completed(sweepId) {
    for (;;) {
      const { state, reason } = await this.#request(`/v1/sweeps/${sweepId}`);
      if (state === 'completed') return;
      if (state !== 'running') throw new Error(`the sweep ended ${state}: ${reason}`);
      await delay(POLL_MS);
    }
  }

  /**
   * @param {string} sweepId
   * @returns {Promise<import('@seedbed/contracts').RunRow[]>}
   */
  async runs(sweepId) {
    return (await this.#request(`/v1/sweeps/${sweepId}/runs?limit=1000`)).runs;
  }

  /**
   * Adds trainers of one child each, until there are so many.
   * @param {number} count
   * @param {object} options
   * @param {import('./cpu-limit.mjs').CpuLimit['wrap']} options.wrap
   * @param {NodeJS.ProcessEnv} options.environment
   */
  async startTrainersUntil(count, { wrap, environment }) {
    const connection = JSON.parse(readFileSync(join(this.#directory, 'seedbed', 'up.json'), 'utf8'));
    while (this.#trainers.length < count) {
      const main = join(repositoryRoot, 'apps', 'trainer', 'dist', 'main.js');
      const { program, words } = wrap(process.execPath, [main]);
      const env = {
        ...process.env,
        ...environment,
        REDIS_URL: connection.trainerRedisUrl,
        SEEDBED_CHILDREN: '1',
      };
      this.#trainers.push(spawn(program, words, { env, stdio: ['ignore', 'ignore', 'inherit'] }));
    }
    await this.#untilAlive(count);
  }

  /** Process ids of those that were added. */
  get trainerIds() {
    return this.#trainers.map(({ pid = 0 }) => pid);
  }

  async endTrainers() {
    await Promise.all(this.#trainers.splice(0).map(end));
    await this.#untilAlive(0);
  }

  async stop() {
    await Promise.all(this.#trainers.splice(0).map(end));
    await end(this.#process);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #untilReady() {
    const { stdout, stderr } = this.#process;
    if (!stdout || !stderr) throw new Error('a process without streams');
    let errors = '';
    stderr.on('data', (chunk) => (errors = (errors + String(chunk)).slice(-4_000)));
    const line = await Promise.race([
      once(createInterface({ input: stdout }), 'line'),
      once(this.#process, 'exit').then(() => Promise.reject(new Error(`seedbed up ended: ${errors}`))),
    ]);
    const ready = JSON.parse(line[0]);
    if (!ready.url) throw new Error(`seedbed up: ${line[0]}`);
    this.#url = ready.url;
  }

  /** @param {number} count of trainers with children */
  async #untilAlive(count) {
    const giveUpAt = Date.now() + START_DEADLINE_MS;
    for (;;) {
      const { trainers } = await this.#request('/v1/trainers');
      const alive = trainers.filter((/** @type {{children: number}} */ { children }) => children > 0);
      if (alive.length === count) return;
      if (Date.now() > giveUpAt) throw new Error(`${alive.length} trainers came up, not ${count}`);
      await delay(POLL_MS);
    }
  }

  /**
   * @param {string} path
   * @param {object} [body] makes it a POST
   * @returns {Promise<any>}
   */
  async #request(path, body) {
    const response = await fetch(this.#url + path, {
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
