/** Runs a task again and again, never twice at once; a failure is reported and tried again sooner. */
import { coerceError } from '@seedbed/contracts';

export interface PeriodicTaskOptions {
  readonly intervalMs: number;
  /** Pause after a failure. @default intervalMs */
  readonly retryMs?: number;
  readonly task: () => Promise<void>;
  readonly onError: (error: Error) => void;
}

export class PeriodicTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private stopped = true;

  constructor(private readonly options: PeriodicTaskOptions) {}

  start(): void {
    this.stopped = false;
    this.schedule(this.options.intervalMs);
  }

  /** Runs it now; when it is running already, waits for that run. Never rejects. */
  runNow(): Promise<void> {
    clearTimeout(this.timer);
    this.running ??= this.runOnce().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async runOnce(): Promise<void> {
    let pauseMs = this.options.intervalMs;
    try {
      await this.options.task();
    } catch (thrown) {
      pauseMs = this.options.retryMs ?? pauseMs;
      this.options.onError(coerceError(thrown));
    }
    this.schedule(pauseMs);
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => void this.runNow(), delayMs);
  }
}
