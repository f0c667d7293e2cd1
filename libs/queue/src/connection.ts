/**
 * One connection to the server under our rules: a command either succeeds or fails with an error of ours within the
 * command timeout, whatever the network does.
 *
 * ioredis would queue commands while the server is away and send them again after a reconnect; a claim sent by a trainer
 * that gave up long ago takes a block out of the queue for nobody. So nothing is queued (`enableOfflineQueue`) and
 * nothing is re-sent (`autoResendUnfulfilledCommands`, `maxRetriesPerRequest: 0` fails what is in flight when the
 * connection breaks); `run` waits for the connection itself and repeats only what may be repeated.
 */
import { coerceError, RetryableError, TerminalError } from '@seedbed/contracts';
import { Redis, type RedisOptions } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { pinnedConnector } from './pinned-connector.js';
import { isConnectionLoss, translateRedisError } from './redis-errors.js';
import { parseServerUrl, type ServerAddress } from './server-address.js';

/** Longest pause between reconnects: an outage must not be prolonged by more than this. */
const RECONNECT_DELAY_MS_MAX = 1_500;
/** Pause before a command is repeated, so that a connection that dies at once cannot make us spin. */
const REPEAT_DELAY_MS = 20;

/** BullMQ adds to this number, so it cannot be 0 for "any". */
const WAITERS_MAX = 10_000;

export interface ConnectionSettings {
  readonly url: string;
  readonly commandTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

export interface RunOptions {
  /** The operation has the same effect when sent twice, so a lost connection is answered by sending it again. */
  readonly repeatable: boolean;
}

export class Connection {
  readonly redis: Redis;
  readonly address: ServerAddress;
  #lastError: Error | null = null;
  #closing: Promise<void> | null = null;
  readonly #closed = new AbortController();

  /** Starts connecting and keeps trying; use `open` to fail when the server cannot be reached at first. */
  constructor(
    private readonly settings: ConnectionSettings,
    private readonly use: 'commands' | 'blocking' = 'commands',
  ) {
    this.address = parseServerUrl(settings.url);
    this.redis = new Redis(redisOptions(this.address, settings));
    // Many commands may wait for the same reconnect.
    this.redis.setMaxListeners(WAITERS_MAX);
    this.redis.on('error', (error: unknown) => {
      this.#lastError = coerceError(error);
    });
  }

  /** @throws RetryableError when the server cannot be reached; TerminalError when it refuses access */
  static async open(settings: ConnectionSettings): Promise<Connection> {
    const connection = new Connection(settings);
    try {
      await connection.#firstReady();
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get isReady(): boolean {
    return this.redis.status === 'ready' && !this.#closed.signal.aborted;
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /**
   * @param what names the operation in errors
   * @throws RetryableError when the server is away or did not answer within the command timeout; TerminalError otherwise
   */
  async run<T>(
    what: string,
    send: (redis: Redis) => Promise<T>,
    options: RunOptions = { repeatable: true },
  ): Promise<T> {
    const deadline = performance.now() + this.settings.commandTimeoutMs;
    for (;;) {
      await this.#untilReady(what, deadline);
      try {
        const remainingMs = deadline - performance.now();
        return await this.#within(send(this.redis), remainingMs, () => this.#away(what));
      } catch (thrown) {
        const repeat = options.repeatable && isConnectionLoss(coerceError(thrown)) && !this.isClosed;
        if (!repeat) throw translateRedisError(this.address.text, what, thrown);
        await delay(REPEAT_DELAY_MS);
      }
    }
  }

  /**
   * Sends a command that blocks on the server's side, once, now. Rejects when the connection breaks, is closed, or does not
   * answer within the command timeout after `blockMs`.
   */
  block<T>(what: string, blockMs: number, send: (redis: Redis) => Promise<T>): Promise<T> {
    const timeoutMs = blockMs + this.settings.commandTimeoutMs;
    return this.#within(send(this.redis), timeoutMs, () => this.#away(what));
  }

  /** Resolves when the connection is usable, when `timeoutMs` has passed or when it is closed. Never rejects. */
  async settle(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.isReady || this.isClosed || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.redis.off('ready', done);
        this.#closed.signal.removeEventListener('abort', done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, timeoutMs));
      this.redis.once('ready', done);
      this.#closed.signal.addEventListener('abort', done);
      signal?.addEventListener('abort', done);
    });
  }

  /** Ends the connection within `closeTimeoutMs`, also when the server is away. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    // QUIT lets what was sent be answered first; behind a blocking read it would wait, and nothing is lost by cutting that.
    const quits = this.redis.status === 'ready' && this.use === 'commands';
    this.#closed.abort();
    if (quits) {
      const timer = new AbortController();
      await Promise.race([
        this.redis.quit().catch(() => undefined),
        delay(this.settings.closeTimeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
    }
    this.redis.disconnect();
  }

  async #firstReady(): Promise<void> {
    const deadline = performance.now() + this.settings.commandTimeoutMs;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: unknown) => {
        reject(translateRedisError(this.address.text, 'connect', error));
      };
      this.redis.once('error', failed);
      this.#untilReady('connect', deadline)
        .then(resolve, reject)
        .finally(() => this.redis.off('error', failed));
    });
  }

  async #untilReady(what: string, deadline: number): Promise<void> {
    while (!this.isReady) {
      if (this.isClosed) throw new TerminalError(`"${what}" was cut off by close()`);
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0) throw this.#away(what);
      await this.settle(remainingMs);
    }
  }

  /**
   * A half-open connection answers nothing for ever, and so would whatever is sent on it next: no answer in time tears it
   * down. (ioredis has `socketTimeout` for this, but its timer outlives the connection and keeps the process alive.)
   */
  async #within<T>(pending: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          if (this.redis.status === 'ready') this.redis.disconnect(true);
          reject(late());
        },
        Math.max(0, timeoutMs),
      );
    });
    try {
      return await Promise.race([pending, timedOut]);
    } finally {
      clearTimeout(timer);
    }
  }

  #away(what: string): RetryableError {
    const because = this.#lastError === null ? '' : ` (${this.#lastError.message})`;
    return new RetryableError(
      `Redis at ${this.address.text} did not answer "${what}" within ${this.settings.commandTimeoutMs} ms${because}`,
    );
  }
}

function redisOptions(address: ServerAddress, settings: ConnectionSettings): RedisOptions {
  return {
    ...address.options,
    ...(address.fingerprint === null ? {} : { Connector: connectorOf(address, settings) }),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: reconnectDelayMs,
    connectTimeout: settings.commandTimeoutMs,
    keepAlive: 10_000,
    disableClientInfo: true,
    // A promoted replica is found again by connecting anew.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

function connectorOf(address: ServerAddress, settings: ConnectionSettings) {
  const { host = '127.0.0.1', port = 6379 } = address.options;
  const fingerprint = address.fingerprint ?? '';
  return pinnedConnector({ host, port, fingerprint, timeoutMs: settings.commandTimeoutMs });
}

/** Grows to the cap, with jitter so that a fleet does not return in step. */
export function reconnectDelayMs(attempt: number): number {
  const growing = Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_DELAY_MS_MAX);
  return Math.round(growing * (0.5 + Math.random() / 2));
}
