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
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { pinnedConnector } from './pinned-connector.js';
import { isConnectionLoss, isReadOnly, translateRedisError } from './redis-errors.js';
import { QuietSentinelConnector } from './sentinel-connector.js';
import { parseServerUrl, type ServerAddress } from './server-address.js';

/** Longest pause between reconnects: an outage must not be prolonged by more than this. */
const RECONNECT_DELAY_MS_MAX = 1_500;
/**
 * Behind Sentinels another machine can take over, so a machine that says nothing at all (powered off, cut off) must not hold
 * up the question who it is.
 */
const FAILOVER_CONNECT_TIMEOUT_MS = 2_000;
/** A Sentinel that hangs is passed over for the next one. */
const SENTINEL_COMMAND_TIMEOUT_MS = 1_000;

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
  #sentinelTrouble = '';
  #isTearingDown = false;
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
    setMaxListeners(WAITERS_MAX, this.#closed.signal);
    this.redis.on('error', (error: unknown) => {
      this.#lastError = this.#explained(coerceError(error));
    });
    this.redis.on('sentinelError', (error: unknown) => {
      this.#sentinelTrouble = coerceError(error).message;
    });
    this.redis.on('connect', () => this.#watchFirstAnswer());
    this.redis.on('close', () => {
      this.#isTearingDown = false;
    });
    this.redis.on('end', () => this.#beginAgain());
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
        const error = coerceError(thrown);
        // Who was demoted refuses before anything has happened, and ioredis looks for its successor.
        const demoted = this.address.options.sentinels !== undefined && isReadOnly(error);
        const repeat = (options.repeatable && isConnectionLoss(error)) || demoted;
        if (!repeat || this.isClosed) throw translateRedisError(this.address.text, what, thrown);
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

  /**
   * ioredis waits without end for the answer that says the server is ready: a server that hangs just after it took our
   * connection, and is gone without a word, would be waited for ever.
   */
  #watchFirstAnswer(): void {
    const timer = setTimeout(() => {
      this.#tearDown('connect');
    }, this.settings.commandTimeoutMs);
    const answered = () => {
      clearTimeout(timer);
      this.redis.off('ready', answered);
      this.redis.off('close', answered);
    };
    this.redis.on('ready', answered);
    this.redis.on('close', answered);
  }

  /** Once for a connection, however many commands on it were not answered in time. */
  #tearDown(status: Redis['status']): void {
    if (this.redis.status !== status || this.#isTearingDown) return;
    this.#isTearingDown = true;
    this.redis.disconnect(true);
  }

  /** ioredis gives up for good when a failover is announced while it asks the Sentinels who leads. We never do. */
  #beginAgain(): void {
    if (this.isClosed) return;
    setTimeout(() => {
      if (!this.isClosed && this.redis.status === 'end') this.redis.connect().catch(() => {});
    }, reconnectDelayMs(1)).unref();
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
        reject(translateRedisError(this.address.text, 'connect', this.#lastError ?? error));
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
          this.#tearDown('ready');
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

  /** What ioredis says of Sentinels as a whole does not tell what each of them said. */
  #explained(error: Error): Error {
    if (!error.message.startsWith('All sentinels are unreachable')) return error;
    const { name = '' } = this.address.options;
    const said = this.#sentinelTrouble
      .replace(
        /^\D+ sentinel (\S+) .*(?:invalid reply: null|No such master).*$/,
        `Sentinel $1 knows no master "${name}"`,
      )
      .replace(/^failed to connect to sentinel (\S+) because/, 'Sentinel $1:');
    return new Error(`no Sentinel says who the primary is; ${said}`);
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
    ...(address.options.sentinels === undefined ? {} : sentinelOptions()),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: reconnectDelayMs,
    connectTimeout:
      address.options.sentinels === undefined
        ? settings.commandTimeoutMs
        : Math.min(settings.commandTimeoutMs, FAILOVER_CONNECT_TIMEOUT_MS),
    keepAlive: 10_000,
    disableClientInfo: true,
    // A promoted replica is found again by connecting anew.
    reconnectOnError: isReadOnly,
  };
}

function sentinelOptions(): RedisOptions {
  return {
    Connector: QuietSentinelConnector,
    // Leaves a primary as soon as the Sentinels have chosen another: what is written to the old one from then on is lost.
    failoverDetector: true,
    sentinelCommandTimeout: SENTINEL_COMMAND_TIMEOUT_MS,
    sentinelRetryStrategy: reconnectDelayMs,
    sentinelReconnectStrategy: reconnectDelayMs,
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
