// Runs a program to its end.
import { spawn } from 'node:child_process';

/** What a failed command is reported with. */
const REPORTED_CHARACTERS = 4_000;
const TIMEOUT_MS = 120_000;

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [input] written to its standard input
 * @property {number} [timeoutMs]
 * @property {(text: string) => void} [onOutput] both streams, as they come
 *
 * @typedef {{exitCode: number, stdout: string, stderr: string}} CommandResult
 */

/**
 * @param {readonly string[]} words the program and its arguments
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>} whatever the exit code; 127 when there is no such program
 */
export function tryCommand([program = '', ...argumentList], options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, argumentList, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      child[name].setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output[name] += text;
        options.onOutput?.(text);
      });
    }
    // A program that does not read its input is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', (error) => resolve({ exitCode: 127, stdout: '', stderr: error.message }));
    child.once('close', (exitCode, signal) => {
      if (signal !== null) output.stderr += `\nended by ${signal}`;
      resolve({ exitCode: exitCode ?? 128, ...output });
    });
  });
}

/**
 * @param {readonly string[]} words
 * @param {CommandOptions} [options]
 * @returns {Promise<string>} its standard output
 * @throws {Error} with what it said, when it fails
 */
export async function command(words, options) {
  const { exitCode, stdout, stderr } = await tryCommand(words, options);
  if (exitCode === 0) return stdout;
  const said = `${stdout}\n${stderr}`.trim().slice(-REPORTED_CHARACTERS);
  throw new Error(`${words.join(' ').slice(0, 300)} ended with ${exitCode}: ${said}`);
}
