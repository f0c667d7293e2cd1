/** Rows of a query as a table or as JSON. */
import type { FieldValue, QueryResponse, QueryRow } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import type { CoordinatorClient, QueryPage } from '../client/coordinator-client.js';
import { openClient } from '../client/open-client.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatParameter, formatQuantity } from '../output/format.js';
import { textTable } from '../output/text-table.js';

/** Rows asked for at a time when all of them are wanted. */
const PAGE_ROWS = 1_000;
/** A run id is told from the others of a sweep by these; `--json` has it whole. */
const DIGITS_SHOWN = 12;

export async function showQuery(
  context: CliContext,
  sweepId: string,
  query: QueryPage,
  { json, all }: { readonly json: boolean; readonly all: boolean },
): Promise<ExitCode> {
  const client = openClient(context);
  const page = await client.query(sweepId, all ? { ...query, limit: PAGE_ROWS } : query);
  if (all && json) {
    for await (const row of rowsFrom(client, sweepId, query, page)) printJson(context.stdout, row);
    return EXIT_CODES.ok;
  }
  if (json) {
    printJson(context.stdout, page);
    return EXIT_CODES.ok;
  }
  const rows = all ? await collected(rowsFrom(client, sweepId, query, page)) : page.rows;
  printLine(context.stdout, tableOf(page.columns, rows));
  if (!all && page.nextCursor !== null) {
    const more = formatQuantity(page.total, 'row');
    printLine(context.stderr, `${more} in all; more: add --cursor ${page.nextCursor}, or --all`);
  }
  return EXIT_CODES.ok;
}

async function* rowsFrom(
  client: CoordinatorClient,
  sweepId: string,
  query: QueryPage,
  first: QueryResponse,
): AsyncGenerator<QueryRow> {
  let page = first;
  yield* page.rows;
  while (page.nextCursor !== null) {
    page = await client.query(sweepId, { ...query, limit: PAGE_ROWS, cursor: page.nextCursor });
    yield* page.rows;
  }
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function tableOf(columns: QueryResponse['columns'], rows: readonly QueryRow[]): string {
  if (rows.length === 0) return 'nothing meets the conditions';
  const isNumeric = (name: string) => rows.some((row) => typeof row[name] === 'number');
  return textTable(
    columns.map(({ name }) => ({ title: name, align: isNumeric(name) ? 'right' : 'left' })),
    rows.map((row) => columns.map(({ name }) => cellOf(row[name] ?? null))),
  );
}

const HEX_DIGEST = /^[0-9a-f]{64}$/;

function cellOf(value: FieldValue): string {
  if (value === null) return '–';
  if (typeof value === 'number') return formatParameter(value);
  const text = String(value);
  return HEX_DIGEST.test(text) ? text.slice(0, DIGITS_SHOWN) : text;
}
