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
  const shownWords = new Map<string, string>();
  return {
    update(status, nowMs) {
      for (const view of viewsOf(status, nowMs)) {
        const { stage, state } = view.progress;
        const words = stageWords(view);
        const changed = shownStates.get(stage) !== state;
        const due = state === 'running' && nowMs - (shownAt.get(stage) ?? -Infinity) >= LINE_EVERY_MS;
        // A stage that waits for its turn has nothing new to say.
        if (!changed && !(due && shownWords.get(stage) !== words)) continue;
        shownStates.set(stage, state);
        shownAt.set(stage, nowMs);
        shownWords.set(stage, words);
        const share = state === 'running' ? ` ${formatPercent(shareDone(view))}` : '';
        printLine(stream, `${stage}: ${state}${share} (${words})`);
      }
    },
    note: (line) => printLine(stream, line),
    stop: () => undefined,
  };
}
