/** Shows a sweep's progress: bars on a terminal, plain lines elsewhere. Always on stderr; stdout is for results. */
import type { StageProgress, SweepStatus } from '@seedbed/contracts';
import { isInteractive, type TerminalStream } from '../cli-context.js';
import { createBarDisplay } from './bar-display.js';
import { createLineDisplay } from './line-display.js';
import { createRateEstimator, type RateEstimator } from './rate-estimator.js';

export interface ProgressDisplay {
  update(status: SweepStatus, nowMs: number): void;
  /** A line for the person that is to stay on the screen. */
  note(line: string): void;
  /** Puts the terminal back as it was. May be called twice. */
  stop(): void;
}

/** What both displays show of one stage. */
export interface StageView {
  readonly progress: StageProgress;
  /** Null while the stage is not moving. */
  readonly stepsPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export function createProgressDisplay(
  stream: TerminalStream,
  environment: NodeJS.ProcessEnv,
): ProgressDisplay {
  return isInteractive(stream, environment) ? createBarDisplay(stream) : createLineDisplay(stream);
}

/** Keeps a rate per stage and turns each status into what is shown. */
export function createStageViews(): (status: SweepStatus, nowMs: number) => StageView[] {
  const rates = new Map<string, RateEstimator>();
  return (status, nowMs) =>
    status.stages.map((progress) => {
      const rate = rates.get(progress.stage) ?? createRateEstimator();
      rates.set(progress.stage, rate);
      rate.observe(progress.stepsDone, nowMs);
      const stepsPerSecond = progress.state === 'running' ? rate.perSecond() : null;
      const stepsLeft = progress.stepsPlanned - progress.stepsDone;
      const secondsLeft = stepsPerSecond === null ? null : stepsLeft / stepsPerSecond;
      return { progress, stepsPerSecond, secondsLeft };
    });
}
