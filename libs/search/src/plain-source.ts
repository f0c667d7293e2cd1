/** Reads an already parsed JSON value (an HTTP body) into a source without lines, under the same caps as a file. */
import { InputError, type InputProblem, LIMITS } from '@seedbed/contracts';
import { describeFound } from './found-value.js';
import { formatPath, type SourcePath } from './source-path.js';
import { SOURCE_NODES_MAX, type SweepSource, tidyProblems } from './sweep-source.js';

/** @throws InputError when the value is no JSON value, too deep or too large */
export function readPlainSource(value: unknown): SweepSource {
  const problems: InputProblem[] = [];
  let nodes = 0;
  let tooDeep = false;

  function visit(node: unknown, path: SourcePath): void {
    nodes += 1;
    if (nodes > SOURCE_NODES_MAX) return;
    if (node === null || typeof node !== 'object') {
      if (!['string', 'number', 'boolean', 'undefined'].includes(typeof node) && node !== null) {
        problems.push({
          path: formatPath(path),
          message: `found ${describeFound(node)}; use JSON values only`,
        });
      }
      return;
    }
    if (path.length >= LIMITS.sweepFileDepthMax) {
      // One place is enough to find it; a list of thousands would bury the other problems.
      if (!tooDeep) problems.push({ path: formatPath(path), message: depthMessage() });
      tooDeep = true;
      return;
    }
    if (Array.isArray(node)) node.forEach((item, index) => visit(item, [...path, index]));
    else {
      for (const [key, member] of Object.entries(node)) {
        if (key === '__proto__') problems.push({ path: formatPath(path), message: prototypeKeyMessage() });
        else visit(member, [...path, key]);
      }
    }
  }

  visit(value, []);
  if (nodes > SOURCE_NODES_MAX) problems.push({ path: '', message: nodesMessage() });
  if (problems.length > 0) throw new InputError(tidyProblems(problems));
  return { value, lineOf: () => undefined };
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
