// A machine for the cluster within this one: network, processes and mounts of its own, and no way out. Whatever runs in it ends
// with its first process, and nothing that it mounts, listens on or routes is seen outside.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { until } from './until.mjs';

/** Address of the machine in its own network. */
export const MACHINE_ADDRESS = '192.168.66.1';
/** Addresses of Services: to be found by kube-proxy's rules on this bridge, never by a route out. */
export const SERVICE_RANGE = '10.96.0.0/16';

/** Its first process only collects what others leave behind; when it ends, the kernel ends all others. */
const FIRST_PROCESS = 'while :; do sleep 3600 & wait; done';

export class Machine {
  /** @param {string} directory for logs and process numbers @param {number} firstProcess as seen from outside */
  constructor(directory, firstProcess) {
    this.directory = directory;
    this.firstProcess = firstProcess;
  }

  /** @param {string} directory */
  static async start(directory) {
    mkdirSync(join(directory, 'log'), { recursive: true });
    const unshare = spawn(
      'unshare',
      [
        '--net',
        '--mount',
        '--pid',
        '--fork',
        '--kill-child=SIGKILL',
        '--mount-proc',
        'sh',
        '-c',
        FIRST_PROCESS,
      ],
      { detached: true, stdio: 'ignore' },
    );
    unshare.unref();
    const firstProcess = await until('the machine runs', async () => childOf(unshare.pid ?? 0), {
      timeoutMs: 10_000,
    });
    writeFileSync(join(directory, 'machine.pid'), `${unshare.pid}\n${startTime(unshare.pid ?? 0)}\n`);
    const machine = new Machine(directory, firstProcess);
    await machine.#connect();
    return machine;
  }

  async #connect() {
    for (const words of [
      ['ip', 'link', 'set', 'lo', 'up'],
      ['ip', 'link', 'add', 'node0', 'type', 'bridge'],
      ['ip', 'address', 'add', `${MACHINE_ADDRESS}/24`, 'dev', 'node0'],
      ['ip', 'link', 'set', 'node0', 'up'],
      ['ip', 'route', 'add', SERVICE_RANGE, 'dev', 'node0'],
    ]) {
      await command(this.inside(words));
    }
  }

  /**
   * @param {readonly string[]} words
   * @returns {string[]} the same command within the machine
   */
  inside(words) {
    return ['nsenter', `--target=${this.firstProcess}`, '--net', '--mount', '--pid', ...words];
  }

  /**
   * @param {readonly string[]} words
   * @returns {string[]} the same command with our files and processes, and the machine's network
   */
  onItsNetwork(words) {
    return ['nsenter', `--target=${this.firstProcess}`, '--net', ...words];
  }

  /**
   * @param {string} name of its log
   * @param {readonly string[]} words
   */
  startDaemon(name, words) {
    const log = openSync(join(this.directory, 'log', `${name}.log`), 'a');
    const [program = '', ...argumentList] = this.inside(words);
    const daemon = spawn(program, argumentList, { detached: true, stdio: ['ignore', log, log] });
    daemon.unref();
    closeSync(log);
  }

  /** @param {string} name @returns {string} the last lines of a daemon's log */
  lastLines(name) {
    return readFileSync(join(this.directory, 'log', `${name}.log`), 'utf8')
      .split('\n')
      .slice(-15)
      .join('\n');
  }
}

/**
 * Ends the machine that was started with this directory, also one of an earlier run that was killed. Does nothing when there
 * is none.
 * @param {string} directory
 * @returns {Promise<boolean>} whether there was one
 */
export async function endMachine(directory) {
  const [pid = 0, startedAt] = readNumbers(join(directory, 'machine.pid'));
  if (pid === 0) return false;
  // It may have ended by itself, with the machine's own first process.
  if (startTime(pid) !== startedAt) return true;
  const first = childOf(pid);
  process.kill(pid, 'SIGKILL');
  if (first === null) return true;
  await until('the machine has ended', async () => (startTime(first) === 0 ? true : null), {
    timeoutMs: 60_000,
  });
  return true;
}

/** @param {string} path */
function readNumbers(path) {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

/** @param {number} pid @returns {number | null} */
function childOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? null : Number(text.split(' ')[0]);
  } catch {
    return null;
  }
}

/**
 * Process numbers are used again; together with the time of the start they are not.
 * @param {number} pid
 * @returns {number} in ticks since boot; 0 when there is no such process
 */
function startTime(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return 0;
  }
}
