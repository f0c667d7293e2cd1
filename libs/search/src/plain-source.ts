/** Reads an already parsed JSON value (an HTTP body) into a source without lines, under the same caps as a file. */
import { InputError, type InputProblem, LIMITS } from '@seedbed/contracts';
import { describeFound } from './found-value.js';
import { formatPath, type SourcePath } from './source-path.js';
import { SOURCE_NODES_MAX, type SweepSource, tidyProblems } from './sweep-source.js';

/**
 * The source holds a copy made of ordinary objects and lists only: an object without a prototype, or with a `constructor`
 * member of its own, makes schema libraries throw while they describe it.
 *
 * @throws InputError when the value is no JSON value, too deep or too large
 */
export function readPlainSource(value: unknown): SweepSource {
  const reader = new PlainReader();
  const copy = reader.read(value, []);
  if (reader.problems.length > 0) throw new InputError(tidyProblems(reader.problems));
  return { value: copy, lineOf: () => undefined };
}

class PlainReader {
  readonly problems: InputProblem[] = [];
  private nodes = 0;
  private tooDeep = false;

  read(node: unknown, path: SourcePath): unknown {
    this.nodes += 1;
    if (this.nodes > SOURCE_NODES_MAX) {
      if (this.nodes === SOURCE_NODES_MAX + 1) this.report([], nodesMessage());
      return null;
    }
    if (typeof node !== 'object' || node === null) return this.readScalar(node, path);
    if (path.length >= LIMITS.sweepFileDepthMax) {
      // One place is enough to find it; a list of thousands would bury the other problems.
      if (!this.tooDeep) this.report(path, depthMessage());
      this.tooDeep = true;
      return null;
    }
    if (Array.isArray(node)) return node.map((item, index) => this.read(item, [...path, index]));
    const copy: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(node)) {
      if (key === '__proto__') this.report(path, prototypeKeyMessage());
      else if (member !== undefined) copy[key] = this.read(member, [...path, key]);
    }
    return copy;
  }

  private readScalar(node: unknown, path: SourcePath): unknown {
    if (['string', 'number', 'boolean'].includes(typeof node) || node === null || node === undefined)
      return node;
    this.report(path, `found ${describeFound(node)}; use JSON values only`);
    return null;
  }

  private report(path: SourcePath, message: string): void {
    this.problems.push({ path: formatPath(path), message });
  }
}

export function depthMessage(): string {
  return `nested deeper than ${LIMITS.sweepFileDepthMax} levels; a sweep file needs 6`;
}

export function nodesMessage(): string {
  return `holds more than ${SOURCE_NODES_MAX} values; write ranges with min, max and count instead of long lists`;
}

/** `__proto__` is refused while reading, since assigning it would change an object instead of adding a key. */
export function prototypeKeyMessage(): string {
  return 'unknown key "__proto__"; remove it';
}
