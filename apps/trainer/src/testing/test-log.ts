/** A trainer's log as a signal that tests can wait for. */
import { EventEmitter, once } from 'node:events';

export interface LogEntry {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A test that waits longer has failed; below jest's own limit, so that the log is shown. */
const PATIENCE_MS = 15_000;

export class TestLog {
  readonly entries: LogEntry[] = [];
  private readonly written = new EventEmitter();

  /** Called by pino with one line. */
  write(line: string): void {
    const entry = JSON.parse(line) as LogEntry;
    this.entries.push(entry);
    this.written.emit('entry', entry);
  }

  all(msg: string): LogEntry[] {
    return this.entries.filter((entry) => entry.msg === msg);
  }

  /** Resolves with the first `count` entries that have this message, written already or to come. */
  async until(msg: string, count = 1): Promise<LogEntry[]> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (this.all(msg).length < count) {
      try {
        await once(this.written, 'entry', { signal });
      } catch {
        const seen = this.entries.map((entry) => JSON.stringify(entry)).join('\n');
        throw new Error(`"${msg}" was logged ${this.all(msg).length} times instead of ${count}:\n${seen}`);
      }
    }
    return this.all(msg).slice(0, count);
  }
}
