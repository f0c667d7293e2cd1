import { markdownTable } from '../text/markdown-table.js';
import type { ComparisonRow } from './comparison.js';

export function renderComparisonMarkdown(rows: readonly ComparisonRow[]): string {
  return markdownTable(
    ['part', 'setting', 'ours', 'report', 'verdict'].map((header) => ({ header, align: 'left' })),
    rows.map(({ part, setting, ours, theirs, verdict }) => [part, setting, ours, theirs, verdict]),
  );
}
