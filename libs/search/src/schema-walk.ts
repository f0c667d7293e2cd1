/** Finds the part of a zod schema that a path of a value meets, so that messages can name what would have been right. */
import { z } from 'zod';
import { nearestWord } from './nearest-word.js';
import { type SourcePath, valueAt } from './source-path.js';

/** The schema that the value at `path` must meet; null where the path leaves the schema or its union is ambiguous. */
export function schemaAt(root: z.ZodType, rootValue: unknown, path: SourcePath): z.ZodType | null {
  let schema: z.ZodType | null = root;
  for (let depth = 0; depth < path.length && schema !== null; depth++) {
    schema = memberSchema(evidentBranch(schema, valueAt(rootValue, path.slice(0, depth))), path[depth]!);
  }
  return schema;
}

/** The keys that an object at this schema may have; empty when it is no object. */
export function keysOf(schema: z.ZodType | null): string[] {
  const bare = schema === null ? null : unwrap(schema);
  if (bare instanceof z.ZodObject) return Object.keys(bare.shape);
  if (bare instanceof z.ZodRecord && bare.keyType instanceof z.ZodEnum)
    return bare.keyType.options.map(String);
  return [];
}

/** Branches of a union; the schema itself when it is none. */
export function branchesOf(schema: z.ZodType): z.ZodType[] {
  const bare = unwrap(schema);
  return bare instanceof z.ZodUnion ? bare.options.map((option) => option as z.ZodType) : [bare];
}

/**
 * The branch of a union that a person evidently meant: the one of the value's JSON type; among several objects the one
 * whose discriminator agrees, else the one that shares most keys with the value (a misspelt key counts half). Null when
 * nothing points to one branch. A schema that is no union is its own branch.
 */
export function evidentBranch(schema: z.ZodType, value: unknown): z.ZodType | null {
  const ofType = branchesOf(schema).filter((branch) => acceptsTypeOf(branch, value));
  if (ofType.length <= 1) return ofType[0] ?? null;
  if (typeof value !== 'object' || value === null) return null;
  const scores = ofType.map((branch) => likeness(branch, value));
  const best = Math.max(...scores);
  return best > 0 && scores.filter((score) => score === best).length === 1
    ? ofType[scores.indexOf(best)]!
    : null;
}

/** Without optional, default and the like. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let bare = schema;
  while (bare instanceof z.ZodOptional || bare instanceof z.ZodDefault || bare instanceof z.ZodNullable) {
    bare = bare.def.innerType as z.ZodType;
  }
  return bare;
}

/** The schema of an object's, record's or list's member; null where there is none. */
export function memberSchema(schema: z.ZodType | null, key: string | number): z.ZodType | null {
  const bare = schema === null ? null : unwrap(schema);
  if (bare instanceof z.ZodObject)
    return Object.hasOwn(bare.shape, key) ? (bare.shape[key] as z.ZodType) : null;
  if (bare instanceof z.ZodRecord) return bare.valueType as z.ZodType;
  if (bare instanceof z.ZodArray) return bare.element as z.ZodType;
  return null;
}

function acceptsTypeOf(branch: z.ZodType, value: unknown): boolean {
  const bare = unwrap(branch);
  if (bare instanceof z.ZodArray) return Array.isArray(value);
  if (bare instanceof z.ZodObject || bare instanceof z.ZodRecord) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
  if (bare instanceof z.ZodNumber) return typeof value === 'number';
  return typeof value !== 'object' && typeof value !== 'number';
}

/** Weight of a discriminator: more than any number of shared keys. */
const DISCRIMINATOR_WEIGHT = 100;

function likeness(branch: z.ZodType, value: object): number {
  const keys = keysOf(branch);
  let score = 0;
  for (const [key, member] of Object.entries(value)) {
    if (!keys.includes(key)) score += nearestWord(key, keys) === null ? 0 : 0.5;
    else score += isLiteral(memberSchema(branch, key), member) ? DISCRIMINATOR_WEIGHT : 1;
  }
  return score;
}

function isLiteral(schema: z.ZodType | null, value: unknown): boolean {
  return schema instanceof z.ZodLiteral && schema.values.has(value as z.core.util.Literal);
}
