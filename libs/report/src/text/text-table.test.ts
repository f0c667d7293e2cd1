import { escapeMarkdown, markdownTable } from './markdown-table.js';
import { lengthOf, textTable } from './text-table.js';

const columns = [
  { header: 'λ', align: 'right' },
  { header: 'mean', align: 'right' },
  { header: 'note', align: 'left', wraps: true },
] as const;

describe('textTable', () => {
  test('columns are as wide as their widest cell, counted in characters rather than bytes', () => {
    const table = textTable(columns, [{ cells: ['1e-3', '±5', 'ok'] }, { cells: ['λ', '51.69 %', ''] }], {
      width: 80,
    });
    expect(table.split('\n')).toEqual(['   λ     mean  note', '1e-3       ±5  ok', '   λ  51.69 %']);
  });

  test('the wrapping column takes what is left, and lines keep to the width', () => {
    const note = 'twelve words that do not fit on the line that is left here';
    const lines = textTable(columns, [{ cells: ['1e-3', '51.69 %', note] }], { width: 32 }).split('\n');
    expect(Math.max(...lines.map(lengthOf))).toBeLessThanOrEqual(32);
    expect(
      lines
        .slice(1)
        .map((line) => line.slice(15).trim())
        .join(' '),
    ).toBe(note);
  });

  test('a table that cannot fit is stacked, nothing dropped', () => {
    const stacked = textTable(columns, [{ cells: ['1e-3', '51.69 %', 'a note'] }], { width: 20 });
    expect(stacked.split('\n')).toEqual(['λ     1e-3', 'mean  51.69 %', 'note  a note']);
  });
});

test('a Markdown cell cannot end its cell or become markup', () => {
  expect(escapeMarkdown('a|b\n<script>_x_')).toBe('a\\|b &lt;script&gt;\\_x\\_');
  expect(markdownTable([{ header: 'a', align: 'right' }], [['1|2']])).toBe('| a |\n| ---: |\n| 1\\|2 |');
});
