/**
 * Time that only the simulation moves. While it is installed, every timer of this JavaScript realm (also those of
 * `node:timers/promises`), `performance.now` and `Math.random` are its own, so that the product's code runs as it is.
 *
 * Each timer belongs to the simulated process during whose turn it was set. Between two timers everything that the first
 * one led to is done (a real turn of the event loop), and what comes from another process arrives by a timer of the
 * receiver, so it is always clear whose turn it is. That makes a process something to pause and to kill.
 */
import timerPromises from 'node:timers/promises';
import type { SeededRandom } from './seeded-random.js';

/** A simulated process: what is set in its turns waits while it is paused and never happens once it is dead. */
export interface Owner {
  readonly name: string;
  isDead: boolean;
  pausedUntilMs: number;
}

/** Its turns are nobody's: the network, the scheduler of faults. */
export const NOBODY: Owner = { name: 'nobody', isDead: false, pausedUntilMs: 0 };

interface Timer {
  readonly id: number;
  readonly owner: Owner;
  readonly call: () => void;
  readonly everyMs: number | null;
  dueMs: number;
  /** Among timers due at once, chance decides. */
  order: number;
}

type Handle = Timer & { ref(): Handle; unref(): Handle; hasRef(): boolean; [Symbol.toPrimitive](): number };

/** A hundred times what a schedule needs: beyond, something goes round and round. */
const EVENTS_MAX = 200_000;

const realSetImmediate = setImmediate;
/** The real thing: resolves when all that was ready has run. */
const settled = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

export class VirtualTime {
  nowMs = 0;
  turn: Owner = NOBODY;
  private readonly heap: Timer[] = [];
  private readonly cancelled = new Set<number>();
  private lastId = 0;
  private uninstalls: (() => void)[] = [];

  constructor(private readonly random: SeededRandom) {}

  /** Runs in the turn of an owner, at once. */
  as<T>(owner: Owner, work: () => T): T {
    const before = this.turn;
    this.turn = owner;
    try {
      return work();
    } finally {
      this.turn = before;
    }
  }

  schedule(owner: Owner, delayMs: number, call: () => void, everyMs: number | null = null): Timer {
    const timer: Timer = {
      id: (this.lastId += 1),
      owner,
      call,
      everyMs,
      dueMs: this.nowMs + Math.max(0, delayMs),
      order: this.random.next(),
    };
    this.push(timer);
    return timer;
  }

  /** Until the condition holds; false when the time is up first, or nothing is left to happen. */
  async runUntil(isOver: () => boolean, untilMs: number): Promise<boolean> {
    for (let events = 0; ; events += 1) {
      if (events > EVENTS_MAX) throw new Error(`${EVENTS_MAX} events and no end at ${this.nowMs} ms`);
      await settled();
      if (isOver()) return true;
      const timer = this.pop();
      if (timer === undefined || timer.dueMs > untilMs) {
        if (timer !== undefined) this.push(timer);
        return false;
      }
      if (this.cancelled.delete(timer.id) || timer.owner.isDead) continue;
      if (timer.owner.pausedUntilMs > timer.dueMs) {
        timer.dueMs = timer.owner.pausedUntilMs;
        this.push(timer);
        continue;
      }
      this.nowMs = timer.dueMs;
      if (timer.everyMs !== null) {
        timer.dueMs += timer.everyMs;
        timer.order = this.random.next();
        this.push(timer);
      }
      this.turn = timer.owner;
      timer.call();
    }
  }

  install(): void {
    const set = (call: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      handleOf(this.schedule(this.turn, delayMs, () => call(...args)));
    const clear = (handle?: { readonly id?: number } | number | null) => {
      const id = typeof handle === 'number' ? handle : handle?.id;
      if (id !== undefined) this.cancelled.add(id);
    };
    this.replace(globalThis, 'setTimeout', set);
    this.replace(globalThis, 'setInterval', (call: () => void, everyMs = 1) =>
      handleOf(this.schedule(this.turn, everyMs, call, Math.max(1, everyMs))),
    );
    this.replace(globalThis, 'setImmediate', (call: (...args: unknown[]) => void, ...args: unknown[]) =>
      set(call, 0, ...args),
    );
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const)
      this.replace(globalThis, name, clear);
    this.replace(performance, 'now', () => this.nowMs);
    this.replace(Math, 'random', this.random.next);
    this.replace(timerPromises, 'setImmediate', (value?: unknown) => this.delay(0, value));
    this.replace(
      timerPromises,
      'setTimeout',
      (delayMs = 0, value?: unknown, options?: { signal?: AbortSignal }) =>
        this.delay(delayMs, value, options?.signal),
    );
  }

  uninstall(): void {
    for (const undo of this.uninstalls.splice(0)) undo();
  }

  private delay(delayMs: number, value?: unknown, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.cancelled.add(timer.id);
        reject(signal?.reason as Error);
      };
      const timer = this.schedule(this.turn, delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  private replace(target: object, name: string, by: unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { value: by, configurable: true, writable: true });
    this.uninstalls.push(() => {
      if (own === undefined) delete (target as Record<string, unknown>)[name];
      else Object.defineProperty(target, name, own);
    });
  }

  private push(timer: Timer): void {
    const { heap } = this;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = timer;
  }

  private pop(): Timer | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function handleOf(timer: Timer): Handle {
  const handle: Handle = Object.assign(timer, {
    ref: () => handle,
    unref: () => handle,
    hasRef: () => true,
    [Symbol.toPrimitive]: () => timer.id,
  });
  return handle;
}
