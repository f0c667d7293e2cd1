import {
  type FieldValue,
  InputError,
  queryParametersSchema,
  type QueryResponse,
  type RunSettings,
} from '@seedbed/contracts';
import fc from 'fast-check';
import { type Field, PARAMETERS, type Subject } from './field.js';
import { type QuerySource, runQuery, selectAll } from './run-query.js';

/** A small subject: what a query does must not depend on trials or runs. */
interface Row {
  readonly at: number;
  readonly score: number | null;
  readonly team: string;
  readonly won: boolean;
  readonly lambda?: number | string;
}

const field = (name: string, kind: Field<Row>['kind'], read: (row: Row) => FieldValue): Field<Row> => ({
  name,
  kind,
  read,
});

const SUBJECT: Subject<Row> = {
  fields: [
    field('score', 'number', ({ score }) => score),
    field('team', 'text', ({ team }) => team),
    field('won', 'boolean', ({ won }) => won),
  ],
  main: 'score',
  shown: ['team', PARAMETERS, 'score'],
  parametersOf: ({ lambda }) => (lambda === undefined ? {} : { lambda }) as Record<string, number>,
  settingsOf: ({ at }) => ({ task: 'train', model: { hidden: at } }) as unknown as RunSettings,
  placeOf: ({ at }) => [at],
};

const ROWS: readonly Row[] = [
  { at: 0, score: 0.5, team: 'red', won: true, lambda: 0.001 },
  { at: 1, score: null, team: 'red', won: false, lambda: 'auto' },
  { at: 2, score: 0.25, team: 'blue', won: true },
  { at: 3, score: 0.75, team: 'blue, light', won: false, lambda: 0.1 },
];

const sourceOf = (rows: readonly Row[]): QuerySource<Row> => ({
  rows,
  subject: SUBJECT,
  parameters: ['lambda'],
});
const query = (given: object) => queryParametersSchema.parse(given);
const ask = (given: object, rows = ROWS) => runQuery(sourceOf(rows), query(given));
const placesOf = (where: string | string[]) =>
  ask({ where, columns: 'settings.model.hidden' }).rows.map((row) => row['settings.model.hidden']);

test.each([
  ['score >= 0.5', [0, 3]],
  ['score<0.5', [2]],
  ['score = 0.25', [2]],
  ['score != 0.25', [0, 3]],
  ['score is null', [1]],
  ['score is not null', [0, 2, 3]],
  ['team = red', [0, 1]],
  ["team = 'blue, light'", [3]],
  ['team ~ blue', [2, 3]],
  ['team in red, blue', [0, 1, 2]],
  ['won = true', [0, 2]],
  ['lambda < 0.01', [0]],
  ['lambda = auto', [1]],
  ['lambda is null', [2]],
  ['parameters.lambda > 0.01', [3]],
  ['settings.model.hidden >= 2', [2, 3]],
])('%s', (where, expected) => expect(placesOf(where)).toEqual(expected));

test('all conditions must hold', () => expect(placesOf(['score >= 0.3', 'won = true'])).toEqual([0]));

test.each([
  [{ where: 'scor > 1' }, 'where[0]: "scor" is no field here; there are score, team, won, lambda'],
  [{ where: ['won = true', 'score > high'] }, 'where[1]: score is a number; found "high"'],
  [{ where: 'won = yes' }, 'where[0]: won is true or false; found "yes"'],
  [{ where: 'score' }, 'where[0]: after score found ""; an operator is'],
  [{ where: 'score >=' }, 'where[0]: score >= lacks its value'],
  [{ where: 'score is 3' }, 'use "is null" or "is not null"'],
  [{ where: '= 3' }, 'where[0]: found "= 3"; write FIELD OPERATOR VALUE'],
  [{ sort: '-points' }, 'sort[0]: "points" is no field here'],
  [{ columns: 'team,settings.model' }, 'columns[1]: "settings.model" is no field here'],
  [{ columns: 'team,team' }, 'columns: "team" is named twice'],
  [{ groupBy: 'team', columns: 'score' }, 'columns[0]: "score" is neither a field to group by nor'],
  [{ groupBy: 'team', columns: 'mean(team)' }, 'mean(team) needs a field with numbers'],
  [{ groupBy: 'team', sort: 'median(score)' }, 'sort[0]: "median(score)" is neither'],
  [{ cursor: 'abc' }, 'cursor: is no cursor of this query'],
])('%j is refused: %s', (given, words) => {
  expect(() => ask(given)).toThrow(InputError);
  expect(() => ask(given)).toThrow(words);
});

test('a condition is no program', () => {
  const hostile = [
    'constructor = 1',
    '__proto__ = 1',
    'settings.__proto__.x = 1',
    'score; process.exit() = 1',
  ];
  for (const where of hostile) expect(() => ask({ where })).toThrow(InputError);
});

test('columns: those shown, all, or as named, with their kinds', () => {
  expect(ask({}).columns.map(({ name }) => name)).toEqual(['team', 'lambda', 'score']);
  expect(ask({ columns: '*' }).columns).toEqual([
    { name: 'score', kind: 'number' },
    { name: 'team', kind: 'text' },
    { name: 'won', kind: 'boolean' },
    { name: 'lambda', kind: 'any' },
  ]);
  expect(ask({ columns: 'won,score', limit: 1 }).rows).toEqual([{ won: true, score: 0.5 }]);
});

test('sorts by several keys; a row without the value is last either way', () => {
  const order = (sort: string) =>
    ask({ sort, columns: 'settings.model.hidden' }).rows.map((row) => Object.values(row)[0]);
  expect(order('score')).toEqual([2, 0, 3, 1]);
  expect(order('-score')).toEqual([3, 0, 2, 1]);
  expect(order('-won,score')).toEqual([2, 0, 3, 1]);
  expect(order('lambda')).toEqual([0, 3, 1, 2]); // numbers before texts
});

test('groups with their statistics', () => {
  const { columns, rows, total } = ask({ groupBy: 'won', sort: '-mean' });
  expect(columns.map(({ name }) => name)).toEqual([
    'won', 'count', 'n(score)', 'mean(score)', 'sd(score)', 'min(score)', 'max(score)',
  ]); // prettier-ignore
  expect(total).toBe(2);
  expect(rows[0]).toMatchObject({
    won: false,
    count: 2,
    'n(score)': 1,
    'mean(score)': 0.75,
    'sd(score)': null,
  });
  expect(rows[1]).toMatchObject({
    won: true,
    count: 2,
    'mean(score)': 0.375,
    'min(score)': 0.25,
    'max(score)': 0.5,
  });
  const chosen = ask({ groupBy: 'team', columns: 'team,sum(score)', where: 'won = true' });
  expect(chosen.rows).toEqual([
    { team: 'blue', 'sum(score)': 0.25 },
    { team: 'red', 'sum(score)': 0.5 },
  ]);
});

test('parameters of a sweep that has no plan yet are known', () => {
  expect(ask({ where: 'lambda > 1', sort: 'lambda' }, []).rows).toEqual([]);
});

const anyRows = fc
  .array(
    fc.record({
      score: fc.option(fc.integer({ min: 0, max: 5 })),
      team: fc.constantFrom('red', 'blue', 'green'),
      won: fc.boolean(),
    }),
    { maxLength: 40 },
  )
  .map((rows) => rows.map((row, at): Row => ({ ...row, at })));
const anySelection = fc.record({
  sort: fc.constantFrom('', 'score', '-score', 'team,-score', '-won'),
  where: fc.constantFrom([], ['score >= 2'], ['won = true', 'score is not null']),
  groupBy: fc.constant(''),
});
const anyGrouping = fc.record({
  sort: fc.constantFrom('', '-mean', 'count,-team', 'sd(score)'),
  where: fc.constantFrom([], ['score >= 2']),
  groupBy: fc.constantFrom('team', 'team,won'),
});
const given = (selection: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== ''));

test('pages of any size put together are the whole, each row once', () => {
  const property = fc.property(
    anyRows,
    fc.oneof(anySelection, anyGrouping),
    fc.integer({ min: 1, max: 7 }),
    (rows, selection, limit) => {
      const asked = query({ ...given(selection), limit });
      const paged: QueryResponse['rows'] = [];
      let cursor: string | null = null;
      do {
        const page: QueryResponse = runQuery(sourceOf(rows), {
          ...asked,
          ...(cursor === null ? {} : { cursor }),
        });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        paged.push(...page.rows);
        // A cursor that stands still would go on for ever.
        expect(paged.length).toBeLessThanOrEqual(rows.length);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(paged).toEqual([...selectAll(sourceOf(rows), asked).rows]);
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('rows that appear between two pages neither repeat nor hide others', () => {
  const asked = query({ sort: '-score', columns: 'settings.model.hidden', limit: 2 });
  const first = runQuery(sourceOf(ROWS), asked);
  const grown = [{ at: 9, score: 0.9, team: 'red', won: true }, ...ROWS];
  const second = runQuery(sourceOf(grown), { ...asked, cursor: first.nextCursor ?? '' });
  const places = [...first.rows, ...second.rows].map((row) => row['settings.model.hidden']);
  expect(places).toEqual([3, 0, 2, 1]);
});

test("another query's cursor is refused", () => {
  const { nextCursor } = ask({ sort: 'score', limit: 1 });
  expect(() => ask({ sort: '-score', cursor: nextCursor ?? '' })).toThrow(/cursor of this query/);
});
