import type { FieldValue } from '@seedbed/contracts';
import fc from 'fast-check';
import { exportPortions } from './export-lines.js';

const csvOf = (values: readonly FieldValue[]) => {
  const rows = [Object.fromEntries(values.map((value, index) => [`c${index}`, value]))];
  const columns = values.map((_, index) => ({ name: `c${index}`, kind: 'any' as const }));
  return [...exportPortions({ columns, rows }, 'csv')].join('').split('\r\n').slice(1, -1).join('\r\n');
};

test.each<[FieldValue, string]>([
  [null, ''],
  [-0.5, '-0.5'],
  [1e-7, '1e-7'],
  [true, 'true'],
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
])('%j is written %j', (value, cell) => expect(csvOf([value])).toBe(cell));

/** A reader by the book: RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

test('any text survives, no cell begins a formula, and every row has every column', () => {
  const columns = ['a', 'b'].map((name) => ({ name, kind: 'text' as const }));
  const property = fc.property(fc.array(fc.record({ a: fc.string(), b: fc.string() })), (rows) => {
    const [header, ...read] = readCsv([...exportPortions({ columns, rows }, 'csv')].join(''));
    expect(header).toEqual(['a', 'b']);
    expect(read.map((cells) => cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, '')))).toEqual(
      rows.map(({ a, b }) => [a, b].map((text) => text.replace(/^'(?=[=+\-@\t\r])/, ''))),
    );
    for (const cell of read.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });
  fc.assert(property);
});

test('JSON Lines: one object a line, many lines in several portions', () => {
  const columns = [{ name: 'n', kind: 'number' as const }];
  const rows = Array.from({ length: 1_200 }, (_, n) => ({ n }));
  const portions = [...exportPortions({ columns, rows }, 'jsonl')];
  expect(portions.length).toBe(3);
  expect(portions.join('').trimEnd().split('\n').map((line) => JSON.parse(line))).toEqual(rows); // prettier-ignore
});
