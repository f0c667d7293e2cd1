/** Accuracy of every trial with its 95 % interval as a small picture of characters, for a terminal. */
import type { StageSummary, TrialSummary } from '@seedbed/contracts';
import { formatAccuracy } from '../numbers.js';
import { standingOf } from '../standing.js';
import { STANDING_MARKS, printable, toAscii } from './glyphs.js';
import { PAINTS, plain } from './paint.js';
import type { TerminalOptions } from './terminal-options.js';
import { lengthOf } from './text-table.js';
import { parameterNames, trialLabel } from '../trial-label.js';
import { inParameterOrder } from './trials-table.js';

const WIDTH_DEFAULT = 60;
/**
 * Trials further than this below the best are only pointed at, not drawn: on an axis that reaches down to them the
 * trials that matter would share one column.
 */
const FOCUS = 0.03;
const AXIS_WIDTH_MIN = 20;

interface Axis {
  readonly low: number;
  readonly high: number;
  readonly columns: number;
}

/** @param options `width` is 60 columns by default */
export function renderDotPlot(
  stage: StageSummary,
  { width = WIDTH_DEFAULT, color = false, ascii = false }: TerminalOptions = {},
): string {
  const show = (text: string) => (ascii ? toAscii(printable(text)) : printable(text));
  const names = parameterNames(stage);
  const trials = inParameterOrder(stage, names);
  const labels = trials.map((trial) => show(trialLabel(trial, names)));
  const labelWidth = Math.max(0, ...labels.map(lengthOf));
  const axis = axisOf(stage, Math.max(AXIS_WIDTH_MIN, width - labelWidth - 2));
  if (axis === null) return show(`${stage.stage}: no accuracy to draw yet`);
  const lines = trials.map((trial, index) => {
    const standing = standingOf(stage, trial.index);
    const paint = color && standing === 'best' ? PAINTS.bold : plain;
    const label = (labels[index] ?? '').padStart(labelWidth);
    return paint(`${label}  ${show(barOf(trial, axis, STANDING_MARKS[standing]))}`.trimEnd());
  });
  return [...lines, ...axisLines(axis).map((line) => `${' '.repeat(labelWidth)}  ${show(line)}`)].join('\n');
}

function axisOf(stage: StageSummary, columns: number): Axis | null {
  const means = stage.trials.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  if (means.length === 0) return null;
  const highest = Math.max(...means);
  const ends = stage.trials
    .filter(({ mean }) => mean !== null && mean >= highest - FOCUS)
    .flatMap(({ mean, interval95 }) => interval95 ?? [mean ?? highest]);
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  // One seed each, or equal results: give the axis a width of one point rather than none.
  return high - low > 1e-9 ? { low, high, columns } : { low: low - 0.005, high: high + 0.005, columns };
}

function barOf({ mean, interval95, missing, diverged }: TrialSummary, axis: Axis, mark: string): string {
  if (mean === null) return diverged > 0 ? `× ${diverged} diverged` : `${missing} missing`;
  if (mean < axis.low) return `◂ ${formatAccuracy(mean)}`;
  const cells = Array.from({ length: axis.columns }, () => ' ');
  if (interval95 !== null) {
    const [from, to] = [columnOf(interval95[0], axis), columnOf(interval95[1], axis)];
    cells.fill('─', from, to + 1);
    if (from < to) {
      cells[from] = '├';
      cells[to] = '┤';
    }
  }
  cells[columnOf(mean, axis)] = mark;
  return cells.join('').trimEnd();
}

function columnOf(value: number, { low, high, columns }: Axis): number {
  const share = (value - low) / (high - low);
  return Math.min(columns - 1, Math.max(0, Math.round(share * (columns - 1))));
}

/** A rule and, under its ends, the accuracies that they stand for. */
function axisLines({ low, high, columns }: Axis): string[] {
  const [left, right] = [formatAccuracy(low), formatAccuracy(high)];
  return [
    `└${'─'.repeat(columns - 2)}┴`,
    left + ' '.repeat(Math.max(1, columns - lengthOf(left) - lengthOf(right))) + right,
  ];
}
