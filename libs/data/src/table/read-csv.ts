/** CSV as RFC 4180 has it: a header line, then a line a row; fields may be quoted, quotes in them are doubled. */
import { InputError } from '@seedbed/contracts';
import type { RawColumn } from './table.js';

const DELIMITERS = [',', ';', '\t'] as const;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** What people and programs write for "not known". */
const MISSING = /^(?:|na|n\/a|nan|null|none|\?|inf|-inf)$/i;

/**
 * The delimiter (comma, semicolon or tab) is the one that the header has most of. A column is of numbers when every field is
 * one; any other is of categories.
 *
 * @param dropped names of columns that are left out
 * @throws InputError for lines of another length, and for fields without a value: nothing is made up for them
 */
export function readCsv(text: string, dropped: readonly string[] = []): RawColumn[] {
  const [header, ...rows] = linesOf(text.startsWith('\ufeff') ? text.slice(1) : text);
  if (header === undefined)
    throw new InputError([{ path: 'line 1', message: 'is empty; the first line names the columns' }]);
  const names = header.fields.map((name) => name.trim());
  for (const name of dropped) {
    if (!names.includes(name)) {
      const message = `found "${name}", which is no column; there are ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
      throw new InputError([{ path: '--drop', message }]);
    }
  }
  for (const { line, fields } of rows) {
    if (fields.length === names.length) continue;
    const message = `has ${fields.length} fields where the header names ${names.length} columns`;
    throw new InputError([{ path: `line ${line}`, line, message }]);
  }
  return names.flatMap((name, place): RawColumn[] => {
    if (dropped.includes(name)) return [];
    const fields = rows.map(({ fields: own }) => own[place]!.trim());
    requireKnown(name, fields, rows);
    return fields.every((field) => NUMBER.test(field))
      ? [{ name, numbers: fields.map(Number) }]
      : [{ name, texts: fields }];
  });
}

function requireKnown(name: string, fields: readonly string[], rows: readonly Line[]): void {
  const at = fields.findIndex((field) => MISSING.test(field));
  if (at < 0) return;
  const { line } = rows[at]!;
  const found = fields[at] === '' ? 'is empty' : `is "${fields[at]}"`;
  const message = `column "${name}" ${found}: missing values are not filled in here; give a value, leave the row out, or leave the column out (--drop ${name})`;
  throw new InputError([{ path: `line ${line}`, line, message }]);
}

interface Line {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

function linesOf(text: string): Line[] {
  const first = text.slice(0, /\r?\n/.exec(text)?.index ?? text.length);
  const delimiter = DELIMITERS.reduce((best, each) =>
    count(first, each) > count(first, best) ? each : best,
  );
  const lines: Line[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const began = line;
    const fields: string[] = [];
    for (;;) {
      const field = fieldAt(text, at, { delimiter, line: began });
      fields.push(field.text);
      at = field.end;
      line += field.lineBreaks;
      if (text[at] !== delimiter) break;
      at += 1;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    // An empty line, often the last one, is no row of one empty field.
    if (fields.length > 1 || fields[0] !== '') lines.push({ line: began, fields });
  }
  return lines;
}

function fieldAt(
  text: string,
  start: number,
  { delimiter, line }: { readonly delimiter: string; readonly line: number },
): { text: string; end: number; lineBreaks: number } {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1;
    return { text: text.slice(start, end), end, lineBreaks: 0 };
  }
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0)
      throw new InputError([
        { path: `line ${line}`, line, message: 'has a quotation mark that nothing closes' },
      ]);
    if (text[quote + 1] === '"') {
      from = quote + 2;
      continue;
    }
    const inner = text.slice(start + 1, quote);
    return { text: inner.replaceAll('""', '"'), end: quote + 1, lineBreaks: count(inner, '\n') };
  }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
