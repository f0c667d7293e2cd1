/** Filters, groups, sorts and pages the rows of a sweep. Pure: the same rows and the same query give the same page. */
import {
  type FieldKind,
  type FieldValue,
  InputError,
  type QueryParameters,
  type QueryResponse,
  type QueryRow,
  type QuerySelection,
} from '@seedbed/contracts';
import { AGGREGATES_SHOWN, parseAggregate } from './aggregate.js';
import { parseCondition, type Predicate } from './condition.js';
import { type Field, FieldNames, type Subject } from './field.js';
import { compareKeys, formatCursor, parseCursor, type SortKey } from './order.js';

/** Every field and every parameter. */
const ALL_COLUMNS = '*';
/** Longer than any id, name or class. */
const SORTED_TEXT_MAX = 200;

/** What is queried: rows, what they are, and which parameters the sweep declares. */
export interface QuerySource<Row> {
  readonly rows: readonly Row[];
  readonly subject: Subject<Row>;
  readonly parameters: readonly string[];
}

/** One column of the outcome, over rows or over groups. */
interface Column<Item> {
  readonly name: string;
  readonly kind: FieldKind;
  read(item: Item): FieldValue;
}

/** Everything that a query selects, in its order. */
interface Selection<Item> {
  readonly items: readonly Item[];
  readonly columns: readonly Column<Item>[];
  readonly keys: readonly (Column<Item> & { readonly falling: boolean })[];
  /** Tells apart what the keys leave equal. */
  tieOf(item: Item): SortKey;
}

/**
 * One page. A cursor names the row after which it begins, not a count: rows that come or go meanwhile neither repeat nor
 * hide others.
 *
 * @throws InputError when the query names what is not there
 */
export function runQuery<Row>(source: QuerySource<Row>, query: QueryParameters): QueryResponse {
  const { cursor, limit, ...selection } = query;
  const page = <Item>(selected: Selection<Item>): QueryResponse => {
    const sorted = sortedItems(selected);
    const first = cursor === undefined ? 0 : firstAfter(sorted, selected, { selection, cursor });
    const shown = sorted.slice(first, first + limit);
    const last = shown.at(-1);
    const isLast = last === undefined || first + limit >= sorted.length;
    return {
      of: selection.of,
      columns: selected.columns.map(({ name, kind }) => ({ name, kind })),
      rows: shown.map(({ item }) => rowOf(item, selected.columns)),
      total: sorted.length,
      nextCursor: isLast ? null : formatCursor(selection, last.key),
    };
  };
  return selection.groupBy.length === 0
    ? page(selectRows(source, selection))
    : page(selectGroups(source, selection));
}

/** All rows, one at a time, with the columns that they have. */
export function selectAll<Row>(
  source: QuerySource<Row>,
  selection: QuerySelection,
): { readonly columns: QueryResponse['columns']; readonly rows: Iterable<QueryRow> } {
  const all = <Item>(selected: Selection<Item>) => ({
    columns: selected.columns.map(({ name, kind }) => ({ name, kind })),
    rows: rowsOf(selected),
  });
  return selection.groupBy.length === 0
    ? all(selectRows(source, selection))
    : all(selectGroups(source, selection));
}

function* rowsOf<Item>(selected: Selection<Item>): Generator<QueryRow> {
  for (const { item } of sortedItems(selected)) yield rowOf(item, selected.columns);
}

function selectRows<Row>(source: QuerySource<Row>, query: QuerySelection): Selection<Row> {
  const { rows, subject } = source;
  const names = new FieldNames(subject, rows, source.parameters);
  const chosen = query.columns.length === 0 ? names.shown : query.columns;
  const columnNames = chosen.flatMap((name) => (name === ALL_COLUMNS ? names.all : [name]));
  const find = (name: string, path: string): Field<Row> => names.find(name, path);
  return {
    items: matching(rows, conditionsOf(names, query)),
    columns: requireDistinct(columnNames, 'columns').map((name, place) => find(name, `columns[${place}]`)),
    keys: keysOf(query, find),
    tieOf: (row) => subject.placeOf(row),
  };
}

interface Group<Row> {
  readonly values: SortKey;
  readonly rows: Row[];
}

function selectGroups<Row>(source: QuerySource<Row>, query: QuerySelection): Selection<Group<Row>> {
  const names = new FieldNames(source.subject, source.rows, source.parameters);
  const fields = requireDistinct(query.groupBy, 'groupBy').map((name, place) =>
    names.find(name, `groupBy[${place}]`),
  );
  const find = (name: string, path: string): Column<Group<Row>> => {
    const place = fields.findIndex((field) => field.name === name);
    const field = fields[place];
    if (field !== undefined) {
      return { name, kind: field.kind, read: (group) => group.values[place] ?? null };
    }
    const aggregate = parseAggregate(name, names, path);
    return { name: aggregate.name, kind: 'number', read: (group) => aggregate.of(group.rows) };
  };
  const shown = [...fields.map(({ name }) => name), ...AGGREGATES_SHOWN];
  const columnNames = query.columns.length === 0 ? shown : query.columns;
  return {
    items: groupsOf(matching(source.rows, conditionsOf(names, query)), fields),
    columns: requireDistinct(columnNames, 'columns').map((name, place) => find(name, `columns[${place}]`)),
    keys: keysOf(query, find),
    tieOf: (group) => group.values,
  };
}

function groupsOf<Row>(rows: readonly Row[], fields: readonly Field<Row>[]): Group<Row>[] {
  const groups = new Map<string, Group<Row>>();
  for (const row of rows) {
    const values = fields.map((field) => shortened(field.read(row)));
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { values, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()];
}

function conditionsOf<Row>(names: FieldNames<Row>, { where }: QuerySelection): Predicate<Row>[] {
  return where.map((text, index) => parseCondition(text, names, `where[${index}]`));
}

function matching<Row>(rows: readonly Row[], conditions: readonly Predicate<Row>[]): readonly Row[] {
  return conditions.length === 0 ? rows : rows.filter((row) => conditions.every((holds) => holds(row)));
}

function keysOf<Item>({ sort }: QuerySelection, find: (name: string, path: string) => Column<Item>) {
  return sort.map((text, place) => {
    const falling = text.startsWith('-');
    const column = find(falling ? text.slice(1) : text, `sort[${place}]`);
    return { name: column.name, kind: column.kind, read: (item: Item) => column.read(item), falling };
  });
}

interface Placed<Item> {
  readonly item: Item;
  readonly key: SortKey;
}

function sortedItems<Item>({ items, keys, tieOf }: Selection<Item>): Placed<Item>[] {
  const falling = keys.map((key) => key.falling);
  return items
    .map((item) => ({ item, key: [...keys.map((key) => shortened(key.read(item))), ...tieOf(item)] }))
    .sort((a, b) => compareKeys(a.key, b.key, falling));
}

/** Reasons can be long, and a cursor must hold one: texts sort by their beginning. */
function shortened(value: FieldValue): FieldValue {
  return typeof value === 'string' ? value.slice(0, SORTED_TEXT_MAX) : value;
}

function firstAfter<Item>(
  sorted: readonly Placed<Item>[],
  { keys }: Selection<Item>,
  { selection, cursor }: { readonly selection: QuerySelection; readonly cursor: string },
): number {
  const after = parseCursor(selection, cursor);
  const falling = keys.map((key) => key.falling);
  const first = sorted.findIndex(({ key }) => compareKeys(key, after, falling) > 0);
  return first === -1 ? sorted.length : first;
}

function rowOf<Item>(item: Item, columns: readonly Column<Item>[]): QueryRow {
  return Object.fromEntries(columns.map((column) => [column.name, column.read(item)]));
}

function requireDistinct(names: readonly string[], path: string): readonly string[] {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return names;
  throw new InputError([{ path, message: `"${twice}" is named twice; name each once` }]);
}
