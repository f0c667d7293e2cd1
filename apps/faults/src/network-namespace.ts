/** A network of its own for a process, tied to this machine by one cable that can be pulled out (Linux, root, iproute2). */
import { execFile, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...words: readonly string[]) => run('ip', [...words]);

/** Private addresses that hardly anybody uses; a point-to-point network of four addresses in them for each namespace. */
const FIRST_OCTETS = '10.213';
const ADDRESSES = 4;
const OCTET = 256;

export class NetworkNamespace {
  private constructor(
    private readonly name: string,
    private readonly cable: string,
    /** This machine's end. */
    readonly hostAddress: string,
  ) {}

  static async create(): Promise<NetworkNamespace> {
    const [third, fourth] = [randomInt(OCTET), ADDRESSES * randomInt(OCTET / ADDRESSES)];
    // Names of interfaces have 15 characters at most.
    const cable = `sbf${third}-${fourth}`;
    const name = `seedbed-faults-${third}-${fourth}`;
    const addressOf = (host: number) => `${FIRST_OCTETS}.${third}.${fourth + host}`;
    const namespace = new NetworkNamespace(name, cable, addressOf(1));
    try {
      await ip('netns', 'add', name);
      await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'out', 'netns', name);
      await ip('address', 'add', `${addressOf(1)}/30`, 'dev', cable);
      await ip('link', 'set', cable, 'up');
      await ip('-n', name, 'address', 'add', `${addressOf(2)}/30`, 'dev', 'out');
      for (const device of ['lo', 'out']) await ip('-n', name, 'link', 'set', device, 'up');
      return namespace;
    } catch (error) {
      await namespace.remove();
      throw error;
    }
  }

  /** Before the command line of a program that is to run in it; the program keeps the process id. */
  get prefix(): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Nothing passes any more, and neither side is told. What is on its way is sent again by the kernels when it is put back. */
  async cut(): Promise<void> {
    await ip('link', 'set', this.cable, 'down');
  }

  async heal(): Promise<void> {
    await ip('link', 'set', this.cable, 'up');
  }

  /** After its processes have ended. */
  async remove(): Promise<void> {
    await ip('link', 'delete', this.cable).catch(() => undefined);
    await ip('netns', 'delete', this.name).catch(() => undefined);
  }
}

/** @returns why there can be none here, for people; null when there can */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are a part of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `seedbed-faults-try-${process.pid}`;
  const words = `ip netns add ${name} && ip link add sbf-try type veth peer name out netns ${name} && ip link delete sbf-try`;
  const { status, stderr } = spawnSync('sh', ['-c', words], { encoding: 'utf8' });
  spawnSync('sh', ['-c', `ip netns delete ${name}`]);
  return status === 0 ? null : `network namespaces cannot be made here: ${stderr.trim() || 'no program ip'}`;
}
