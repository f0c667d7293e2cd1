/** Progress on a terminal: one bar a stage. */
import type { MultiBar, SingleBar } from 'cli-progress';
import { MultiBar as Bars, Presets } from 'cli-progress';
import type { TerminalStream } from '../cli-context.js';
import { createStageViews, type ProgressDisplay } from './progress-display.js';
import { shareDone, stageWords } from './stage-line.js';

/** Bars count thousandths, so that steps and runs fit the same scale. */
const BAR_TOTAL = 1_000;
/** The words beside the bar need about 80 columns. */
const BAR_COLUMNS = 20;

export function createBarDisplay(stream: TerminalStream): ProgressDisplay {
  const viewsOf = createStageViews();
  const singles = new Map<string, SingleBar>();
  let bars: MultiBar | null = null;
  let stopped = false;
  return {
    update(status, nowMs) {
      if (stopped) return;
      bars ??= openBars(stream);
      const views = viewsOf(status, nowMs);
      const nameWidth = Math.max(...views.map((view) => view.progress.stage.length));
      for (const view of views) {
        const payload = { name: view.progress.stage.padEnd(nameWidth), words: stageWords(view) };
        const value = Math.floor(BAR_TOTAL * shareDone(view));
        const single = singles.get(view.progress.stage);
        if (single === undefined) {
          singles.set(view.progress.stage, bars.create(BAR_TOTAL, value, payload));
        } else {
          single.update(value, payload);
        }
      }
      bars.update();
    },
    note(line) {
      if (bars === null || stopped) stream.write(`${line}\n`);
      else bars.log(`${line}\n`);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      bars?.stop();
    },
  };
}

function openBars(stream: TerminalStream): MultiBar {
  return new Bars(
    {
      stream,
      format: '{name} [{bar}] {percentage}% {words}',
      barsize: BAR_COLUMNS,
      // We end bars ourselves; the library's own signal handlers would get between Ctrl-C and an orderly end.
      gracefulExit: false,
      hideCursor: true,
      autopadding: true,
      emptyOnZero: true,
      forceRedraw: true,
    },
    Presets.shades_classic,
  );
}
