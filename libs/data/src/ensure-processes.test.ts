/** Several real processes that need the same data at once. */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './testing/synthetic-images.js';

// Real processes and real files take their time on a machine that does other work too.
jest.setTimeout(60_000);

const CHILD = join(__dirname, 'testing', 'ensure-in-child.cjs');
const ALL_FILES = 'data_batch_1.bin data_batch_2.bin test_batch.bin';

type Message =
  'fetching' | { progress?: { phase: string; message?: string }; done?: string; failed?: string };

describe('processes at once', () => {
  let cache: string;
  let children: Child[] = [];
  beforeEach(async () => (cache = await temporaryDirectory()));
  afterEach(async () => {
    for (const child of children) child.process.kill('SIGKILL');
    children = [];
    await rm(cache, { recursive: true });
  });

  const start = (): Child => {
    const child = new Child(cache);
    children.push(child);
    return child;
  };
  const fetches = async (): Promise<string[]> =>
    (await readFile(join(cache, 'fetch.log'), 'utf8')).trimEnd().split('\n');
  const filesLeft = async (): Promise<string[]> => (await readdir(join(cache, 'cifar10'))).sort();

  it('make one fetch: the second waits and uses what the first delivered', async () => {
    const first = start();
    await first.message((received) => received === 'fetching');
    const second = start();
    const waiting = await second.message((received) => phaseOf(received) === 'wait');
    expect(waiting).toMatchObject({
      progress: { message: expect.stringContaining(String(first.process.pid)) },
    });
    const bothDone = Promise.all([first, second].map((child) => child.message(isOutcome)));
    first.process.send('deliver');
    expect(await bothDone).toEqual([{ done: join(cache, 'cifar10') }, { done: join(cache, 'cifar10') }]);
    expect(await fetches()).toEqual([ALL_FILES]);
    expect(await filesLeft()).toEqual([
      ...ALL_FILES.split(' ').slice(0, 2),
      'manifest.json',
      'test_batch.bin',
    ]);
  });

  it('take over from one that was killed, and leave nothing of its work', async () => {
    const first = start();
    await first.message((received) => received === 'fetching');
    const second = start();
    await second.message((received) => phaseOf(received) === 'wait');
    const fetching = second.message((received) => received === 'fetching');
    first.process.kill('SIGKILL');
    await fetching;
    const done = second.message(isOutcome);
    second.process.send('deliver');
    expect(await done).toEqual({ done: join(cache, 'cifar10') });
    expect(await fetches()).toEqual([ALL_FILES, ALL_FILES]);
    expect(await filesLeft()).toEqual([
      ...ALL_FILES.split(' ').slice(0, 2),
      'manifest.json',
      'test_batch.bin',
    ]);
  });

  it('take over a lock of another host that was not touched for long', async () => {
    const lock = join(cache, 'cifar10', 'fetch.lock');
    await mkdir(join(cache, 'cifar10'));
    await writeFile(lock, JSON.stringify({ token: 'lost', processId: 1, host: 'a-host-that-went-away' }));
    const minuteAgo = new Date(Date.now() - 60_000);
    await utimes(lock, minuteAgo, minuteAgo);
    const child = start();
    await child.message((received) => received === 'fetching');
    const done = child.message(isOutcome);
    child.process.send('deliver');
    expect(await done).toEqual({ done: join(cache, 'cifar10') });
    expect(await filesLeft()).not.toContain('fetch.lock');
  });
});

/** A child process whose messages are kept until somebody asks for them, so that none is missed. */
class Child {
  private readonly received: Message[] = [];
  private readonly arrival = new EventEmitter();
  private ended = false;
  readonly process: ChildProcess;

  constructor(cache: string) {
    const execArgv = ['--conditions=@seedbed/source'];
    this.process = fork(CHILD, [cache, join(cache, 'fetch.log')], { execArgv });
    this.process.on('message', (message: Message) => {
      this.received.push(message);
      this.arrival.emit('change');
    });
    // Comes after the last message.
    this.process.once('disconnect', () => {
      this.ended = true;
      this.arrival.emit('change');
    });
  }

  /** The first message that fits; drops those before it. Fails when the process ends without one. */
  async message(fits: (received: Message) => boolean): Promise<Message> {
    for (;;) {
      for (let next = this.received.shift(); next !== undefined; next = this.received.shift()) {
        if (fits(next)) return next;
      }
      if (this.ended) throw new Error('the process ended without the message that was awaited');
      await once(this.arrival, 'change');
    }
  }
}

function phaseOf(received: Message): string | undefined {
  return typeof received === 'object' ? received.progress?.phase : undefined;
}

function isOutcome(received: Message): boolean {
  return typeof received === 'object' && (received.done !== undefined || received.failed !== undefined);
}
