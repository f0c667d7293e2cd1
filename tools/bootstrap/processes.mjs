// Runs other programs so that none of them outlives us: each child leads a process group of its own, and whatever ends
// us (a signal, an error) ends the groups and undoes what is half done.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {Set<() => void>} */
const undoSteps = new Set();
let handlersInstalled = false;

/** Enough of a child's output to explain its failure. */
const OUTPUT_KEPT_BYTES = 64 * 1024;

/**
 * @typedef {object} ProcessResult
 * @property {number | null} exitCode null when it could not be started or was ended by a signal
 * @property {string} stdout
 * @property {string} stderr the last 64 kB
 * @property {NodeJS.ErrnoException | undefined} startError such as ENOENT
 * @property {boolean} timedOut
 */

/**
 * @param {string} command
 * @param {readonly string[]} argumentList
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, onOutput?: (text: string) => void}} [options]
 * @returns {Promise<ProcessResult>} never rejects
 */
export function runProcess(command, argumentList, options = {}) {
  return new Promise((resolve) => {
    installSignalHandlers();
    const child = spawn(command, argumentList, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(child);
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          endGroup(child, 'SIGKILL');
        }, options.timeoutMs)
      : undefined;
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      child[name].setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output[name] = (output[name] + text).slice(-OUTPUT_KEPT_BYTES);
        options.onOutput?.(text);
      });
    }
    /** @param {number | null} exitCode @param {NodeJS.ErrnoException} [startError] */
    const finish = (exitCode, startError) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ exitCode, ...output, startError, timedOut });
    };
    child.once('error', (error) => finish(null, error));
    child.once('close', (exitCode) => finish(exitCode));
  });
}

/**
 * Registers what must be undone should we end now (a temporary folder, a lock); call the answer once it is moot.
 * @param {() => void} undo synchronous
 * @returns {() => void}
 */
export function undoOnExit(undo) {
  installSignalHandlers();
  undoSteps.add(undo);
  return () => undoSteps.delete(undo);
}

/** Ends all children and undoes half-done work; safe to call twice. */
export function endEverything() {
  for (const child of running) endGroup(child, 'SIGKILL');
  running.clear();
  for (const undo of [...undoSteps].reverse()) {
    try {
      undo();
    } catch {
      // We are leaving: the next start finds and removes what stays.
    }
  }
  undoSteps.clear();
}

/** Gives the signals back, for the moment when another program takes over (see start.mjs). */
export function releaseSignalHandlers() {
  for (const name of SIGNALS) process.removeListener(name, onSignal);
  handlersInstalled = false;
}

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

function installSignalHandlers() {
  if (handlersInstalled) return;
  handlersInstalled = true;
  for (const name of SIGNALS) process.on(name, onSignal);
  process.on('exit', endEverything);
}

/** @param {NodeJS.Signals} name */
function onSignal(name) {
  endEverything();
  process.exit(128 + constants.signals[name]);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function endGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
