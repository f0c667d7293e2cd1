/** Ours beside the report's on a terminal. */
import type { ComparisonOutcome, ComparisonRow } from '../reproduction/comparison.js';
import { printable, toAscii } from './glyphs.js';
import { PAINTS, type Paint, plain } from './paint.js';
import { type TextRow, textTable } from './text-table.js';
import type { TerminalOptions } from './terminal-options.js';

const PAINT_OF: Readonly<Record<ComparisonOutcome, Paint>> = {
  within: PAINTS.green,
  higher: PAINTS.green,
  lower: PAINTS.yellow,
  unknown: plain,
};

export function renderComparisonTable(
  rows: readonly ComparisonRow[],
  { width = 80, color = false, ascii = false }: TerminalOptions = {},
): string {
  const show = (text: string) => (ascii ? toAscii(printable(text)) : printable(text));
  const lines = rows.flatMap((row, index): TextRow[] => {
    const cells = [`  ${row.setting}`, row.ours, row.theirs, row.verdict].map(show);
    const line: TextRow = { cells, paint: color ? PAINT_OF[row.outcome] : plain };
    return row.part === rows[index - 1]?.part ? [line] : [{ cells: [], heading: show(row.part) }, line];
  });
  return textTable(
    [
      { header: '', align: 'left' },
      { header: 'ours', align: 'left' },
      { header: 'report', align: 'left' },
      { header: 'verdict', align: 'left', wraps: true },
    ],
    lines,
    { width, heading: color ? PAINTS.bold : plain },
  );
}
