/** A sweep file that has been read but not yet understood: plain JSON values, and where each one stands in the text. */
import { type InputProblem } from '@seedbed/contracts';
import { formatPath, type SourcePath } from './source-path.js';

export interface SweepSource {
  readonly value: unknown;
  /** 1-based line of a path, or of its nearest ancestor that is in the text; undefined where there is no text. */
  readonly lineOf: (path: SourcePath) => number | undefined;
}

/** Nodes of a sweep file after aliases are expanded: a file of the largest size holds no more than this without them. */
export const SOURCE_NODES_MAX = 150_000;

/** Longer lists of problems are cut: nobody reads the fiftieth before mending the first. */
export const PROBLEMS_MAX = 50;

/** Builds a problem at a path of a source, with its line where there is one. */
export function problemAt(source: SweepSource, path: SourcePath, message: string): InputProblem {
  const line = source.lineOf(path);
  return { path: formatPath(path), ...(line === undefined ? {} : { line }), message };
}

/** The problems in the order of the file, without repetition, at most PROBLEMS_MAX and then how many were left out. */
export function tidyProblems(problems: readonly InputProblem[]): InputProblem[] {
  const distinct = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const sorted = [...distinct.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  if (sorted.length <= PROBLEMS_MAX) return sorted;
  const rest = sorted.length - PROBLEMS_MAX;
  return [...sorted.slice(0, PROBLEMS_MAX), { path: '', message: `and ${rest} more problems` }];
}
