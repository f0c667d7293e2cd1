/** What a search needs to know of a table before it is loaded: which columns enter, and what is predicted. */
import { InputError, type InputProblem, LIMITS, type TableFacts, type TableTask } from '@seedbed/contracts';
import type { Column } from './table.js';
import type { TableHeader } from './table-file.js';

/** What a sweep file says about a table. */
export interface TableQuestion {
  readonly target: string;
  /** Absent: classes where the target is text, else numbers. */
  readonly task?: TableTask | undefined;
  /** Absent: every column but the target. */
  readonly features?: readonly string[] | undefined;
}

/** @throws InputError naming columns that are not there, targets that do not fit the task, and too wide inputs */
export function tableFacts(
  digest: string,
  { rows, columns }: TableHeader,
  question: TableQuestion,
): TableFacts {
  const target = columns.find(({ name }) => name === question.target);
  const problems: InputProblem[] = [];
  if (target === undefined) problems.push(noColumn('data.target', question.target, columns));
  for (const name of question.features ?? []) {
    if (!columns.some((column) => column.name === name))
      problems.push(noColumn('data.features', name, columns));
  }
  if (problems.length > 0 || target === undefined) throw new InputError(problems);
  const inputs = inputColumns(columns, question).reduce((sum, column) => sum + widthOf(column), 0);
  if (inputs === 0 || inputs > LIMITS.tableInputsMax || inputs * rows > LIMITS.tableCellsMax) {
    const message = `make ${inputs} inputs of ${rows} rows; at least one and at most ${LIMITS.tableInputsMax} inputs and ${LIMITS.tableCellsMax} numbers are allowed (a category counts once for each of its texts)`;
    throw new InputError([{ path: 'data.features', message }]);
  }
  return { digest, rows, inputs, outputs: outputsOf(target, question.task) };
}

/** The columns that enter a network, in the order of the table. */
export function inputColumns<C extends Column>(
  columns: readonly C[],
  { target, features }: Pick<TableQuestion, 'target' | 'features'>,
): readonly C[] {
  return columns.filter(({ name }) => name !== target && (features === undefined || features.includes(name)));
}

/** A category is one input for each of its texts. */
export function widthOf(column: Column): number {
  return column.kind === 'category' ? column.texts.length : 1;
}

function outputsOf(
  target: Column,
  task: TableTask = target.kind === 'category' ? 'classification' : 'regression',
): number {
  const refuse = (message: string) => new InputError([{ path: 'data.task', message }]);
  if (task === 'regression') {
    if (target.kind === 'number') return 1;
    throw refuse(`found regression, but the target "${target.name}" holds texts; write task: classification`);
  }
  if (target.kind === 'category') return requireTwo(target.name, target.texts.length);
  if (target.classes !== undefined) return requireTwo(target.name, target.classes.length);
  throw refuse(
    `found classification, but the target "${target.name}" holds numbers that are not whole, or more than ${LIMITS.tableClassesMax} different ones; write task: regression`,
  );
}

function requireTwo(name: string, classes: number): number {
  if (classes >= 2) return classes;
  throw new InputError([
    { path: 'data.target', message: `"${name}" is the same in every row; there is nothing to predict` },
  ]);
}

const COLUMNS_NAMED = 12;

function noColumn(path: string, name: string, columns: readonly Column[]): InputProblem {
  const named = columns
    .slice(0, COLUMNS_NAMED)
    .map((column) => column.name)
    .join(', ');
  const more = columns.length > COLUMNS_NAMED ? `, … (${columns.length})` : '';
  return { path, message: `found "${name}", which is no column of the table; there are ${named}${more}` };
}
