/**
 * The grammar of a condition. It is closed: a field, an operator and literals, nothing that could be computed.
 *
 *     condition = field operator literal | field "in" literal {"," literal} | field "is" ["not"] "null"
 *     operator  = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
 *     literal   = number | "true" | "false" | text without comma | 'text' | "text"
 *
 * `~` means "contains". A row without the value meets `is null` and no other condition.
 */
import { type FieldKind, type FieldValue, InputError } from '@seedbed/contracts';
import type { Field, FieldNames } from './field.js';

export type Predicate<Row> = (row: Row) => boolean;

const OPERATORS = ['=', '!=', '<', '<=', '>', '>=', '~', 'in', 'is'] as const;
type Operator = (typeof OPERATORS)[number];
type Value = Exclude<FieldValue, null>;

const FIELD = /^\s*([A-Za-z][\w.-]*)\s*/;
const OPERATOR = /^(<=|>=|!=|==|=|<|>|~|in\b|is\b)\s*/;
const QUOTED = /^(?:'([^']*)'|"([^"]*)")\s*$/;
const FORM = 'write FIELD OPERATOR VALUE, e.g. "mean >= 0.5"';

/**
 * @param path where the condition stands, for errors, e.g. `where[0]`
 * @throws InputError that names the field, what was found and what would be right
 */
export function parseCondition<Row>(text: string, names: FieldNames<Row>, path: string): Predicate<Row> {
  const fail = (message: string): never => {
    throw new InputError([{ path, message }]);
  };
  const [whole = '', name = ''] = FIELD.exec(text) ?? fail(`found "${text}"; ${FORM}`);
  const rest = text.slice(whole.length);
  const field = names.find(name, path);
  const [matched = '', sign = ''] =
    OPERATOR.exec(rest) ?? fail(`after ${name} found "${rest}"; an operator is ${OPERATORS.join(', ')}`);
  const operator = (sign === '==' ? '=' : sign) as Operator;
  const operand = rest.slice(matched.length).trim();
  if (operand === '') fail(`${name} ${operator} lacks its value; ${FORM}`);
  if (operator === 'is')
    return nullTest(field, operand) ?? fail(`found "${text}"; use "is null" or "is not null"`);
  const literals = (operator === 'in' ? operand.split(',') : [operand]).map(
    (literal) =>
      literalOf(field.kind, literal.trim()) ??
      fail(`${name} is ${KIND_WORDS[field.kind]}; found "${literal.trim()}"`),
  );
  return comparison(field, operator, literals);
}

const KIND_WORDS: Readonly<Record<FieldKind, string>> = {
  number: 'a number',
  boolean: 'true or false',
  text: 'text',
  any: 'a number, text, true or false',
};

function nullTest<Row>(field: Field<Row>, operand: string): Predicate<Row> | null {
  if (operand === 'null') return (row) => field.read(row) === null;
  return /^not\s+null$/.test(operand) ? (row) => field.read(row) !== null : null;
}

/** Null where the text is no literal of the kind. */
function literalOf(kind: FieldKind, text: string): Value | null {
  const quoted = QUOTED.exec(text);
  const plain = quoted === null ? text : (quoted[1] ?? quoted[2] ?? '');
  if (kind === 'text') return plain;
  const number = quoted === null && text !== '' ? Number(text) : NaN;
  if (kind === 'number') return Number.isFinite(number) ? number : null;
  const isTruth = quoted === null && (text === 'true' || text === 'false');
  if (kind === 'boolean') return isTruth ? text === 'true' : null;
  if (Number.isFinite(number)) return number;
  return isTruth ? text === 'true' : plain;
}

function comparison<Row>(field: Field<Row>, operator: Operator, literals: readonly Value[]): Predicate<Row> {
  const [literal = ''] = literals;
  const holds: (value: Value) => boolean = {
    '=': (value: Value) => value === literal,
    '!=': (value: Value) => value !== literal,
    '<': (value: Value) => typeof value === typeof literal && value < literal,
    '<=': (value: Value) => typeof value === typeof literal && value <= literal,
    '>': (value: Value) => typeof value === typeof literal && value > literal,
    '>=': (value: Value) => typeof value === typeof literal && value >= literal,
    '~': (value: Value) => String(value).includes(String(literal)),
    in: (value: Value) => literals.includes(value),
    is: () => false,
  }[operator];
  return (row) => {
    const value = field.read(row);
    return value !== null && holds(value);
  };
}
