/** Explains why a value does not meet the sweep file's schema: what was found and what would be right, in a sentence. */
import { type InputProblem } from '@seedbed/contracts';
import { type z } from 'zod';
import { describeFound } from './found-value.js';
import { nearestWord } from './nearest-word.js';
import { branchesOf, evidentBranch, keysOf, memberSchema, schemaAt } from './schema-walk.js';
import { type SourcePath, valueAt } from './source-path.js';
import { problemAt, type SweepSource } from './sweep-source.js';

type Issue = z.core.$ZodIssue;

/** All problems of a source's value against a schema; empty when it meets it. */
export function schemaProblems(source: SweepSource, schema: z.ZodType): InputProblem[] {
  const parsed = schema.safeParse(source.value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => explain(source, schema, issue, []));
}

/** `prefix` is the place of the value that `issue` is relative to: unions are explained by parsing one branch again. */
function explain(source: SweepSource, root: z.ZodType, issue: Issue, prefix: SourcePath): InputProblem[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  const found = valueAt(source.value, path);
  const schema = schemaAt(root, source.value, path);
  const say = (message: string) => [problemAt(source, path, message)];

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        unknownKey({ source, path, key, schema: branchAt(root, source.value, path) }),
      );
    case 'invalid_union':
      if ('options' in issue && issue.options !== undefined) {
        return say(wrongChoice(found, issue.options.map(String)));
      }
      return explainUnion(source, root, path, schema);
    case 'invalid_type':
      return say(wrongType(found, issue.expected, schema));
    case 'invalid_value':
      return say(
        wrongChoice(
          found,
          issue.values.map(String),
          issue.values.every((v) => typeof v === 'number'),
        ),
      );
    case 'too_small':
      return say(`found ${sizeOf(found)}; needs ${bound(issue, issue.inclusive ? 'at least' : 'more than')}`);
    case 'too_big':
      return say(`found ${sizeOf(found)}; takes ${bound(issue, issue.inclusive ? 'at most' : 'less than')}`);
    default:
      return say(`found ${describeFound(found)}; ${issue.message}`);
  }
}

function explainUnion(
  source: SweepSource,
  root: z.ZodType,
  path: SourcePath,
  schema: z.ZodType | null,
): InputProblem[] {
  const found = valueAt(source.value, path);
  const branch = schema === null ? null : evidentBranch(schema, found);
  const issues = branch?.safeParse(found).error?.issues ?? [];
  if (branch !== null && issues.length > 0) {
    return issues.flatMap((issue) => explain(source, root, issue, path));
  }
  const forms = schema === null ? [] : branchesOf(schema).map(describeForm);
  return [problemAt(source, path, `found ${describeFound(found)}; give one of: ${forms.join('; ')}`)];
}

/** The schema at a path, and in a union the branch that the value there evidently means. */
function branchAt(root: z.ZodType, rootValue: unknown, path: SourcePath): z.ZodType | null {
  const schema = schemaAt(root, rootValue, path);
  return schema === null ? null : evidentBranch(schema, valueAt(rootValue, path));
}

interface UnknownKey {
  readonly source: SweepSource;
  readonly path: SourcePath;
  readonly key: string;
  readonly schema: z.ZodType | null;
}

/** Names the nearest valid key, here or one level further in. */
function unknownKey({ source, path, key, schema }: UnknownKey): InputProblem {
  const valid = keysOf(schema);
  const nearest = nearestWord(key, valid);
  const inside = nearest === null ? nearestInside(key, schema) : null;
  const right =
    nearest !== null
      ? `did you mean "${nearest}"?`
      : (inside ?? (valid.length === 0 ? 'remove it' : `valid keys are ${valid.join(', ')}`));
  return problemAt(source, [...path, key], `unknown key ${describeFound(key)}; ${right}`);
}

/** `did you mean "lambda" under training or parameters?` */
function nearestInside(key: string, schema: z.ZodType | null): string | null {
  const members = keysOf(schema).map((name) => ({ name, keys: keysOf(memberSchema(schema, name)) }));
  const nearest = nearestWord(
    key,
    members.flatMap(({ keys }) => keys),
  );
  if (nearest === null) return null;
  const places = members.filter(({ keys }) => keys.includes(nearest)).map(({ name }) => name);
  return `did you mean "${nearest}" under ${places.join(' or ')}?`;
}

function wrongChoice(found: unknown, options: readonly string[], numeric = false): string {
  const quoted = options.map((option) => (numeric ? option : `"${option}"`));
  const right = quoted.length === 1 ? quoted[0]! : `one of ${quoted.join(', ')}`;
  if (found === undefined) return `is missing; must be ${right}`;
  const nearest = typeof found === 'string' && options.length > 1 ? nearestWord(found, options) : null;
  return `found ${describeFound(found)}; must be ${right}${nearest === null ? '' : `; did you mean "${nearest}"?`}`;
}

const EXPECTED_WORDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function wrongType(found: unknown, expected: string, schema: z.ZodType | null): string {
  const right = EXPECTED_WORDS[expected] ?? expected;
  const description = schema?.description === undefined ? '' : ` (${schema.description})`;
  if (found === undefined) return `is missing; give ${right}${description}`;
  const finite = expected === 'number' && typeof found === 'number' ? 'a finite number' : right;
  return `found ${describeFound(found)}; must be ${finite}${description}`;
}

function sizeOf(found: unknown): string {
  return typeof found === 'string' ? `${found.length} characters` : describeFound(found);
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, comparison: string): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const plural = Number(limit) !== 1;
  if (issue.origin === 'array') return `${comparison} ${limit} ${plural ? 'entries' : 'entry'}`;
  if (issue.origin === 'string') return `${comparison} ${limit} ${plural ? 'characters' : 'character'}`;
  return `${comparison} ${limit}`;
}

/** `{min, max, scale, count}: a range, both ends included` */
function describeForm(branch: z.ZodType): string {
  const keys = keysOf(branch);
  const description = branch.description ?? (keys.length > 0 ? 'an object' : 'a value');
  return keys.length === 0 ? description : `{${keys.join(', ')}} (${description})`;
}
