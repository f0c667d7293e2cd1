/** One query over the trials or the runs of a sweep: what may be asked, and what comes back. docs/results.md has the fields. */
import { z } from 'zod';
import { LIMITS } from './limits.js';

export const QUERY_SUBJECTS = ['trials', 'runs'] as const;
export const querySubjectSchema = z.enum(QUERY_SUBJECTS);
export type QuerySubject = z.infer<typeof querySubjectSchema>;

export const fieldValueSchema = z.union([z.number(), z.string(), z.boolean(), z.null()]);
export type FieldValue = z.infer<typeof fieldValueSchema>;

/** `any`: a parameter or a setting, whose values may be of several kinds. */
export const FIELD_KINDS = ['number', 'text', 'boolean', 'any'] as const;
export const fieldKindSchema = z.enum(FIELD_KINDS);
export type FieldKind = z.infer<typeof fieldKindSchema>;

const condition = z.string().max(LIMITS.queryTextLengthMax);

/** Names separated by commas, e.g. `-mean,lambda`. */
const names = z
  .string()
  .max(LIMITS.queryTextLengthMax)
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(
    z
      .array(z.string().min(1, 'a name is empty; separate names by single commas'))
      .max(LIMITS.queryColumnsMax),
  );

/** What to look at, in an address: `where` may be given several times, and all must hold. */
const selectionShape = {
  of: querySubjectSchema.default('trials'),
  where: z
    .union([condition.transform((text) => [text]), z.array(condition).max(LIMITS.queryConditionsMax)])
    .default([]),
  /** Keys of the order, the first weighs most; `-` for falling. */
  sort: names.default([]),
  groupBy: names.default([]),
  /** `*` for every field that all sweeps have, and all parameters. */
  columns: names.default([]),
};

export const queryParametersSchema = z.strictObject({
  ...selectionShape,
  /** Where the page before ended. */
  cursor: z.string().max(LIMITS.queryCursorLengthMax).optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageRowsMax).default(100),
});
export type QueryParameters = z.infer<typeof queryParametersSchema>;
export type QuerySelection = Omit<QueryParameters, 'cursor' | 'limit'>;

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export const exportParametersSchema = z.strictObject({
  ...selectionShape,
  of: querySubjectSchema.default('runs'),
  format: z.enum(EXPORT_FORMATS).default('jsonl'),
});
export type ExportParameters = z.infer<typeof exportParametersSchema>;

/** Inside of a cursor, which is opaque to whoever carries it. */
export const queryCursorSchema = z.strictObject({
  /** Which query it belongs to. */
  query: z.string(),
  /** Sort key of the last row. */
  after: z.array(fieldValueSchema),
});

export const queryColumnSchema = z.strictObject({ name: z.string(), kind: fieldKindSchema });
export type QueryColumn = z.infer<typeof queryColumnSchema>;

export const queryRowSchema = z.record(z.string(), fieldValueSchema);
export type QueryRow = z.infer<typeof queryRowSchema>;

export const queryResponseSchema = z.strictObject({
  of: querySubjectSchema,
  columns: z.array(queryColumnSchema),
  /** A member for each column. */
  rows: z.array(queryRowSchema),
  /** Rows on all pages. */
  total: z.int().min(0),
  nextCursor: z.string().nullable(),
});
export type QueryResponse = z.infer<typeof queryResponseSchema>;
