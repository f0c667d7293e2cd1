/**
 * Tells when nothing was heard for too long. Silence is counted in ticks of this process, not on a clock: after the whole
 * trainer was stopped (SIGSTOP, a suspended machine) the other side gets its full time again.
 */
const TICKS = 10;

export class SilenceWatch {
  private timer: NodeJS.Timeout | undefined;
  private silentTicks = 0;

  constructor(
    private readonly deadlineMs: number,
    private readonly onSilence: () => void,
  ) {}

  start(): void {
    this.stop();
    this.silentTicks = 0;
    this.timer = setInterval(() => {
      this.silentTicks += 1;
      if (this.silentTicks >= TICKS) {
        this.stop();
        this.onSilence();
      }
    }, this.deadlineMs / TICKS);
  }

  heard(): void {
    this.silentTicks = 0;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
