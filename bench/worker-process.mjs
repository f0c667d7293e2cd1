// One process of a contender: started as a trainer starts its children (same environment, same core), spoken to in lines of
// JSON over its standard streams, so that Node and Python look alike from here. It is idle while nothing is asked of it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
// The trainer's own code, by path: what is measured here is started as what is deployed.
import { childCommand, childEnvironment } from '../apps/trainer/dist/child-command.js';

/**
 * @typedef {object} WorkerOptions
 * @property {string} name for messages
 * @property {string[]} program a script, or the program and its script
 * @property {number} slotIndex which core
 * @property {import('../apps/trainer/dist/child-command.js').Wrappers} wrappers
 * @property {Record<string, string | undefined>} [environment] on top of a training child's
 *
 * @typedef {{result?: unknown, error?: string}} Answer
 */

/** Enough of a worker's standard error to explain its death. */
const LAST_WORDS_LENGTH = 4_000;

export class WorkerProcess {
  /** @type {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, import('node:stream').Readable>} */
  #child;
  /** @type {{resolve: (result: any) => void, reject: (error: Error) => void} | null} */
  #waiting = null;
  #lastWords = '';
  /** @type {Error | null} */
  #ended = null;

  /** @param {WorkerOptions} options */
  constructor({ name, program, slotIndex, wrappers, environment = {} }) {
    const { execPath, execArgv } = childCommand(slotIndex, wrappers);
    const node = [execPath, ...execArgv];
    // A program of another language takes the place of Node and its arguments.
    const wrapping = node.slice(0, node.indexOf(process.execPath));
    const [command = '', ...words] = program.length === 1 ? [...node, ...program] : [...wrapping, ...program];
    this.name = name;
    this.#child = spawn(command, words, {
      env: { ...childEnvironment(process.env), ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', (chunk) => {
      this.#lastWords = (this.#lastWords + String(chunk)).slice(-LAST_WORDS_LENGTH);
    });
    this.#child.once('error', (error) => this.#end(error));
    this.#child.once('close', (code, signal) =>
      this.#end(new Error(`${name} ended (${code ?? signal}): ${this.#lastWords.trim()}`)),
    );
    // Writing to a process that has just ended; `close` tells why.
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#receive(line));
  }

  /** @returns {number} 0 when it could not be started */
  get processId() {
    return this.#child.pid ?? 0;
  }

  /**
   * @param {string} task
   * @param {unknown} [settings]
   * @returns {Promise<any>} what the worker answers
   * @throws {Error} what the worker threw, or why it ended
   */
  ask(task, settings = {}) {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#waiting) return Promise.reject(new Error(`${this.name} is asked two things at once`));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.stdin.write(`${JSON.stringify({ task, settings })}\n`);
    });
  }

  stop() {
    this.#child.kill('SIGKILL');
  }

  /** @param {string} line */
  #receive(line) {
    // Libraries print to standard output too; ours are the lines that are JSON objects with one of our two keys.
    const answer = parseAnswer(line);
    const waiting = this.#waiting;
    if (!answer || !waiting) return;
    this.#waiting = null;
    if (answer.error === undefined) waiting.resolve(answer.result);
    else waiting.reject(new Error(`${this.name}: ${answer.error}`));
  }

  /** @param {Error} error */
  #end(error) {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
  }
}

/**
 * @param {string} line
 * @returns {Answer | undefined}
 */
function parseAnswer(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(line);
    return 'result' in parsed || 'error' in parsed ? parsed : undefined;
  } catch {
    return undefined;
  }
}
