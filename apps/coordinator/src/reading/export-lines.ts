/** Rows of a query as CSV (RFC 4180) or JSON Lines, a portion at a time. */
import type { ExportParameters, FieldValue, QueryResponse, QueryRow } from '@seedbed/contracts';

export const EXPORT_TYPES: Readonly<Record<ExportParameters['format'], string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl; charset=utf-8',
};

/** Lines written at once: few enough that others are answered in between. */
const LINES_PER_PORTION = 500;

export function* exportPortions(
  { columns, rows }: { readonly columns: QueryResponse['columns']; readonly rows: Iterable<QueryRow> },
  format: ExportParameters['format'],
): Generator<string> {
  const names = columns.map(({ name }) => name);
  const lineOf =
    format === 'csv' ? (row: QueryRow) => csvLine(names.map((name) => row[name] ?? null)) : jsonLine;
  let portion = format === 'csv' ? csvLine(names) : '';
  let lines = 0;
  for (const row of rows) {
    portion += lineOf(row);
    lines += 1;
    if (lines < LINES_PER_PORTION) continue;
    yield portion;
    portion = '';
    lines = 0;
  }
  if (portion !== '') yield portion;
}

function jsonLine(row: QueryRow): string {
  return `${JSON.stringify(row)}\n`;
}

function csvLine(values: readonly FieldValue[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

/** What a spreadsheet would take for a formula; https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA_START = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** A number or truth value is written as it is; a text never begins like a formula. Null is an empty cell. */
function csvCell(value: FieldValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA_START.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
