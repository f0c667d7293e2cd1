/** Progress where there is no terminal: a line for every change of a stage, and one every ten seconds in between. */
import type { StageProgress } from '@seedbed/contracts';
import { printLine, type TerminalStream } from '../cli-context.js';
import { formatPercent } from '../output/format.js';
import { createStageViews, type ProgressDisplay } from './progress-display.js';
import { shareDone, stageWords } from './stage-line.js';

/** Often enough to see that it lives, seldom enough for a log. */
const LINE_EVERY_MS = 10_000;

export function createLineDisplay(stream: TerminalStream): ProgressDisplay {
  const viewsOf = createStageViews();
  const shownStates = new Map<string, StageProgress['state']>();
  const shownAt = new Map<string, number>();
  return {
    update(status, nowMs) {
      for (const view of viewsOf(status, nowMs)) {
        const { stage, state } = view.progress;
        const changed = shownStates.get(stage) !== state;
        const due = state === 'running' && nowMs - (shownAt.get(stage) ?? -Infinity) >= LINE_EVERY_MS;
        if (!changed && !due) continue;
        shownStates.set(stage, state);
        shownAt.set(stage, nowMs);
        const share = state === 'running' ? ` ${formatPercent(shareDone(view))}` : '';
        printLine(stream, `${stage}: ${state}${share} (${stageWords(view)})`);
      }
    },
    note: (line) => printLine(stream, line),
    stop: () => undefined,
  };
}
