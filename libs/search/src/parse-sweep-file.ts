/** The edge where a sweep file becomes a SweepSpec: past here, every spec can be planned. */
import { InputError, LIMITS, type SweepSpec, sweepSpecSchema } from '@seedbed/contracts';
import { jsonFault } from './json-fault.js';
import { readPlainSource } from './plain-source.js';
import { pieceProblems } from './piece-problems.js';
import { schemaProblems } from './schema-problems.js';
import { relationProblems } from './sweep-relations.js';
import { type SweepSource, tidyProblems } from './sweep-source.js';
import { readYamlSource } from './yaml-source.js';

/**
 * Parses the text of a sweep file, YAML 1.2 or JSON.
 *
 * @param fileName named in messages about the file as a whole; one that ends in `.json` must be strict JSON, so that every
 *   other tool reads the same
 * @throws InputError with all problems found, each with its line: those of the text alone if it cannot be read; else all
 *   of the schema and of single pieces (ranges, values, seeds), and, once every piece has its right form, also all
 *   between pieces and stages (overlaps, derivation, repeated trials, limits). Nothing else is ever thrown.
 */
export function parseSweepFile(text: string, { fileName }: { readonly fileName: string }): SweepSpec {
  if (/\.json$/i.test(fileName)) requireJson(text);
  return parseSource(readYamlSource(text, fileName));
}

function requireJson(text: string): void {
  // What is too large, or empty, is refused in better words by the reader.
  if (Buffer.byteLength(text) > LIMITS.sweepFileBytesMax || text.trim() === '') return;
  const fault = jsonFault(text);
  if (fault === null) return;
  const before = text.slice(0, fault.offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const message = `not valid JSON at column ${column}: ${fault.message}`;
  throw new InputError([{ path: '', line: before.length, message }]);
}

/** The same checks for a value that came as JSON, without lines. @throws InputError as parseSweepFile */
export function parseSweepSpec(value: unknown): SweepSpec {
  return parseSource(readPlainSource(value));
}

function parseSource(source: SweepSource): SweepSpec {
  const parsed = sweepSpecSchema.safeParse(source.value);
  const ofSchema = schemaProblems(source, sweepSpecSchema);
  const explained = new Set(ofSchema.map((problem) => problem.path));
  const problems = [
    ...ofSchema,
    ...pieceProblems(source).filter((problem) => !explained.has(problem.path)),
    ...(parsed.success ? relationProblems(source, parsed.data) : []),
  ];
  if (problems.length > 0) throw new InputError(tidyProblems(problems));
  if (!parsed.success) throw new InputError([{ path: '', message: parsed.error.message }]);
  return parsed.data;
}
