/**
 * Reads the text of a sweep file (YAML 1.2, of which JSON is a part) into plain values with lines.
 *
 * The text is a stranger's: its size is checked before it is parsed, aliases are counted as they are expanded, depth and
 * number of values are bounded, and tags, merge keys, other YAML versions and duplicate keys are refused by name instead
 * of being resolved in some way that the person may not have meant.
 */
import { InputError, type InputProblem, LIMITS } from '@seedbed/contracts';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { depthMessage, nodesMessage, prototypeKeyMessage } from './plain-source.js';
import { formatPath, type SourcePath } from './source-path.js';
import { SOURCE_NODES_MAX, type SweepSource, tidyProblems } from './sweep-source.js';

/** @throws InputError naming every problem of the text with its line */
export function readYamlSource(text: string, fileName: string): SweepSource {
  refuseOversize(text, fileName);
  const lineCounter = new LineCounter();
  const document = parseText(text, fileName, lineCounter);
  const reader = new NodeReader(document, lineCounter);
  if (document.errors.length > 0) {
    throw new InputError(
      tidyProblems(document.errors.map((error) => reader.problem([], error.pos[0], yamlMessage(error)))),
    );
  }
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    throw new InputError([
      { path: '', line: 1, message: 'sweep files are YAML 1.2; remove the %YAML directive' },
    ]);
  }
  if (document.contents === null) {
    throw new InputError([{ path: '', line: 1, message: `${fileName} is empty; see examples/quick.yaml` }]);
  }
  const value = reader.read(document.contents, []);
  if (reader.problems.length > 0) throw new InputError(tidyProblems(reader.problems));
  return { value, lineOf: (path) => reader.lineOf(path) };
}

function refuseOversize(text: string, fileName: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= LIMITS.sweepFileBytesMax) return;
  const message = `${fileName} has ${bytes} bytes; a sweep file has at most ${LIMITS.sweepFileBytesMax}`;
  throw new InputError([{ path: '', message }]);
}

function parseText(text: string, fileName: string, lineCounter: LineCounter): Document {
  try {
    // Duplicate keys are found by NodeReader: the parser's own check is quadratic in the number of keys.
    return parseDocument(text, {
      version: '1.2',
      merge: false,
      uniqueKeys: false,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter,
    });
  } catch (thrown) {
    const message = thrown instanceof RangeError ? depthMessage() : `${fileName} cannot be read as YAML`;
    throw new InputError([{ path: '', message }], { cause: thrown });
  }
}

function yamlMessage(error: { code: string; message: string }): string {
  if (error.code === 'MULTIPLE_DOCS')
    return 'a sweep file holds one document; remove the "---" and what follows';
  // The parser recurses, and reports it when text nested thousands deep ends its stack.
  if (error.message.includes('call stack')) return depthMessage();
  return `not valid YAML: ${error.message}`;
}

/** Turns nodes into plain values, collecting problems and the line of every path. */
class NodeReader {
  readonly problems: InputProblem[] = [];
  private readonly lines = new Map<string, number>();
  private nodes = 0;
  private aliases = 0;
  private tooDeep = false;

  constructor(
    private readonly document: Document,
    private readonly lineCounter: LineCounter,
  ) {}

  problem(path: SourcePath, offset: number | undefined, message: string): InputProblem {
    return {
      path: formatPath(path),
      ...(offset === undefined ? {} : { line: this.lineAt(offset) }),
      message,
    };
  }

  lineOf(path: SourcePath): number | undefined {
    for (let length = path.length; length >= 0; length--) {
      const line = this.lines.get(formatPath(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  read(node: Node, path: SourcePath): unknown {
    this.nodes += 1;
    if (this.nodes > SOURCE_NODES_MAX) {
      if (this.nodes === SOURCE_NODES_MAX + 1) this.report([], node, nodesMessage());
      return null;
    }
    const offset = node.range?.[0];
    const known = this.lines.has(formatPath(path));
    if (offset !== undefined && !known) this.lines.set(formatPath(path), this.lineAt(offset));
    if (isAlias(node)) return this.readAlias(node, path);
    if (node.tag !== undefined) {
      this.report(path, node, `found the YAML tag ${node.tag}; sweep files use plain values, remove the tag`);
      return null;
    }
    if (isScalar(node)) return node.value;
    if (path.length >= LIMITS.sweepFileDepthMax) {
      // One place is enough to find it; a list of thousands would bury the other problems.
      if (!this.tooDeep) this.report(path, node, depthMessage());
      this.tooDeep = true;
      return null;
    }
    if (isMap(node)) return this.readMap(node, path);
    if (isSeq(node)) {
      return node.items.map((item, index) => (isNode(item) ? this.read(item, [...path, index]) : null));
    }
    return null;
  }

  private readAlias(alias: Node, path: SourcePath): unknown {
    this.aliases += 1;
    if (this.aliases > LIMITS.yamlAliasesMax) {
      if (this.aliases === LIMITS.yamlAliasesMax + 1) {
        const message = `more than ${LIMITS.yamlAliasesMax} aliases after expansion; write the values out`;
        this.report(path, alias, message);
      }
      return null;
    }
    const target = isAlias(alias) ? alias.resolve(this.document) : undefined;
    if (target === undefined) {
      this.report(path, alias, 'found an alias without its anchor; write the value out');
      return null;
    }
    return this.read(target, path);
  }

  private readMap(map: YAMLMap, path: SourcePath): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const keyNode = isNode(pair.key) ? pair.key : map;
      const member = [...path, key];
      if (key === '__proto__') this.report(path, keyNode, prototypeKeyMessage());
      else if (key === '<<') {
        this.report(member, keyNode, 'merge keys are not read; write the settings out at each place');
      } else if (Object.hasOwn(result, key)) {
        const first = this.lines.get(formatPath(member));
        this.report(member, keyNode, `key "${key}" is there twice (first in line ${first}); keep one`);
      } else {
        if (keyNode.range) this.lines.set(formatPath(member), this.lineAt(keyNode.range[0]));
        result[key] = isNode(pair.value) ? this.read(pair.value, member) : null;
      }
    }
    return result;
  }

  private report(path: SourcePath, node: Node, message: string): void {
    this.problems.push(this.problem(path, node.range?.[0], message));
  }

  private lineAt(offset: number): number {
    return this.lineCounter.linePos(offset).line;
  }
}
