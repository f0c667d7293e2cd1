// A whole Seedbed as people start it, `seedbed up`, in a folder of its own; spoken to over its HTTP interface.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
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

  /**
   * One trainer with a child per core.
   * @returns {Promise<SeedbedSystem>} once its children are there
   */
  static async start() {
    const system = new SeedbedSystem();
    try {
      await system.#untilReady();
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  constructor() {
    this.#directory = mkdtempSync(join(tmpdir(), 'seedbed-bench-'));
    const main = join(repositoryRoot, 'apps', 'cli', 'dist', 'main.js');
    const words = ['up', '--listen', '127.0.0.1:0', '--directory', join(this.#directory, 'system'), '--json'];
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

  async stop() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await ended;
    }
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
    const giveUpAt = Date.now() + START_DEADLINE_MS;
    for (;;) {
      const { trainers } = await this.#request('/v1/trainers');
      if (trainers.some((/** @type {{children: number}} */ { children }) => children > 0)) return;
      if (Date.now() > giveUpAt) throw new Error(`no trainer came up: ${errors}`);
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
