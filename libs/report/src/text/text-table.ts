/** Aligned plain-text tables that keep to a width: one column may wrap, and a table that cannot fit is stacked. */
import { type Paint, plain } from './paint.js';

export interface TextColumn {
  readonly header: string;
  readonly align: 'left' | 'right';
  /** Wraps at spaces into what the other columns leave; at most one column. @default false */
  readonly wraps?: boolean;
}

export interface TextRow {
  readonly cells: readonly string[];
  readonly paint?: Paint;
  /** A line above the rows that follow; `cells` is then ignored. */
  readonly heading?: string;
}

const GAP = '  ';
/** Narrower than this, wrapped words make a column of single letters; the table is stacked instead. */
const WRAP_WIDTH_MIN = 12;

export function textTable(
  columns: readonly TextColumn[],
  rows: readonly TextRow[],
  { width, heading = plain }: { readonly width: number; readonly heading?: Paint },
): string {
  const natural = columns.map((column, index) =>
    Math.max(
      lengthOf(column.header),
      ...rows.map(({ cells, heading: h }) => (h === undefined ? lengthOf(cells[index] ?? '') : 0)),
    ),
  );
  const fitted = fit(columns, natural, width);
  const lines =
    fitted === null ? stacked(columns, rows, heading) : aligned(columns, rows, { widths: fitted, heading });
  return lines.join('\n');
}

export function lengthOf(text: string): number {
  return [...text].length;
}

/** Column widths that keep to `width`, or null when they cannot. */
function fit(columns: readonly TextColumn[], natural: readonly number[], width: number): number[] | null {
  const total = natural.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  if (total <= width) return [...natural];
  const wrapping = columns.findIndex(({ wraps }) => wraps === true);
  if (wrapping < 0) return null;
  const left = width - (total - (natural[wrapping] ?? 0));
  return left < WRAP_WIDTH_MIN ? null : natural.map((each, index) => (index === wrapping ? left : each));
}

function aligned(
  columns: readonly TextColumn[],
  rows: readonly TextRow[],
  { widths, heading }: { readonly widths: readonly number[]; readonly heading: Paint },
): string[] {
  const lineOf = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd();
  const body = rows.flatMap((row) => {
    if (row.heading !== undefined) return [heading(row.heading)];
    const wrapped = row.cells.map((cell, index) =>
      columns[index]?.wraps === true ? wrap(cell, widths[index] ?? 0) : [cell],
    );
    const height = Math.max(...wrapped.map((cell) => cell.length));
    const paint = row.paint ?? plain;
    return Array.from({ length: height }, (_, line) =>
      paint(lineOf(wrapped.map((cell) => cell[line] ?? ''))),
    );
  });
  return [heading(lineOf(columns.map(({ header }) => header))), ...body];
}

/** `header: cell` line by line, a blank line between rows. */
function stacked(columns: readonly TextColumn[], rows: readonly TextRow[], heading: Paint): string[] {
  const labelWidth = Math.max(...columns.map(({ header }) => lengthOf(header)));
  return rows.flatMap((row, index) => {
    const blank = index === 0 ? [] : [''];
    if (row.heading !== undefined) return [...blank, heading(row.heading)];
    const cells = columns
      .map(({ header }, column) => ({ header, cell: (row.cells[column] ?? '').trim() }))
      .filter(({ cell }) => cell !== '')
      .map(({ header, cell }) => `${pad(header, labelWidth, 'left')}${GAP}${cell}`.trim());
    return [...blank, ...cells.map(row.paint ?? plain)];
  });
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'left' ? text + space : space + text;
}

/** Breaks at spaces; a word longer than the width is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => cut(each, width))) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (lengthOf(joined) <= width) {
      line = joined;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function cut(word: string, width: number): string[] {
  const characters = [...word];
  if (characters.length <= width) return [word];
  const count = Math.ceil(characters.length / width);
  return Array.from({ length: count }, (_, piece) =>
    characters.slice(piece * width, (piece + 1) * width).join(''),
  );
}
