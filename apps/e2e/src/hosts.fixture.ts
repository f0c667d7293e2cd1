/**
 * Several machines on one: network namespaces that this process makes, each with its own addresses, ports and loopback. They
 * share disk and clock and reach one another and nothing else. Making them needs root and `ip` (iproute2).
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there can be no namespaces here; null when there can. */
export function missingForHosts(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  const probe = `seedbed-probe-${process.pid}`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'delete', probe], { stdio: 'pipe' });
    return null;
  } catch (thrown) {
    const reason = String((thrown as { stderr?: Buffer }).stderr ?? thrown).trim();
    return `no network namespace can be made (needs root and iproute2): ${reason}`;
  }
}

/** A machine in the middle that every other one has a cable to. */
export class Hosts {
  readonly centerAddress = '10.77.1.1';
  private readonly names: string[] = [];
  private readonly running = new Set<ChildProcess>();
  private readonly removeOnExit = () => this.removeNamespaces();

  /** @param outer how many machines besides the one in the middle, which is number 0 */
  constructor(outer: number) {
    removeAbandoned();
    process.once('exit', this.removeOnExit);
    for (let index = 0; index <= outer; index += 1) {
      const name = `seedbed-${process.pid}-${index}`;
      ip('netns', 'add', name);
      this.names.push(name);
      this.ip(index, 'link', 'set', 'lo', 'up');
      if (index > 0) this.lay(index);
    }
  }

  /** A cable from the middle to an outer machine, with a network of its own. */
  private lay(index: number): void {
    const [center, outer] = [`sb${process.pid}c${index}`, `sb${process.pid}o${index}`];
    ip('link', 'add', center, 'netns', this.nameOf(0), 'type', 'veth', 'peer', 'name', outer);
    ip('link', 'set', outer, 'netns', this.nameOf(index));
    this.ip(0, 'address', 'add', `10.77.${index}.1/24`, 'dev', center);
    this.ip(0, 'link', 'set', center, 'up');
    this.ip(index, 'address', 'add', `10.77.${index}.2/24`, 'dev', outer);
    this.ip(index, 'link', 'set', outer, 'up');
    this.ip(index, 'route', 'replace', 'default', 'via', `10.77.${index}.1`);
  }

  /** A program that stays. */
  start(host: number, command: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.nameOf(host), ...command], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.running.add(child);
    return child;
  }

  /** A program that ends. */
  run(host: number, command: readonly string[], environment: NodeJS.ProcessEnv): Promise<Finished> {
    return new Promise((resolve) => {
      const args = ['netns', 'exec', this.nameOf(host), ...command];
      const child = execFile('ip', args, { env: environment, timeout: 120_000 }, (_error, stdout, stderr) =>
        resolve({ exitCode: child.exitCode, stdout, stderr }),
      );
    });
  }

  /** Ends a program that stays; `ip` has become the program itself, so a signal reaches it. */
  async end(child: ChildProcess): Promise<number | null> {
    this.running.delete(child);
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
    return child.exitCode;
  }

  /** Ends what runs and removes the machines, with their cables. */
  async remove(): Promise<void> {
    await Promise.all([...this.running].reverse().map((child) => this.end(child)));
    this.removeNamespaces();
    process.off('exit', this.removeOnExit);
  }

  private removeNamespaces(): void {
    for (const name of this.names.splice(0)) removeNamespace(name);
  }

  private nameOf(host: number): string {
    const name = this.names[host];
    if (name === undefined) throw new RangeError(`there is no host ${host}`);
    return name;
  }

  private ip(host: number, ...args: string[]): void {
    ip('-netns', this.nameOf(host), ...args);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** What a run that was killed outright left behind. */
function removeAbandoned(): void {
  for (const line of linesOf('netns', 'list')) {
    const name = line.split(' ')[0] ?? '';
    const owner = /^seedbed-(\d+)-\d+$/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeNamespace(name);
  }
}

/** With whatever runs in it. */
function removeNamespace(name: string): void {
  for (const processId of linesOf('netns', 'pids', name)) {
    try {
      process.kill(Number(processId), 'SIGKILL');
    } catch {
      // Ended by itself meanwhile.
    }
  }
  ip('netns', 'delete', name);
}

function linesOf(...args: string[]): string[] {
  const output = execFileSync('ip', args, { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}
