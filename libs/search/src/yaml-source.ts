/**
 * Reads the text of a sweep file (YAML 1.2, of which JSON is a part) into plain values with lines.
 *
 * The text is a stranger's: its size is checked before it is parsed, aliases are counted as they are expanded, depth and
 * number of values are bounded, and tags, merge keys, other YAML versions and duplicate keys are refused by name instead
 * of being resolved in some way that the person may not have meant.
 */
import { InputError, type InputProblem, LIMITS } from '@seedbed/contracts';
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  type YAMLMap,
} from 'yaml';
import { depthMessage, nodesMessage, prototypeKeyMessage } from './plain-source.js';
import { formatPath, type SourcePath } from './source-path.js';
import { SOURCE_NODES_MAX, type SweepSource, tidyProblems } from './sweep-source.js';

/** @throws InputError naming every problem of the text with its line */
export function readYamlSource(text: string, fileName: string): SweepSource {
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.sweepFileBytesMax) {
    refuse([
      {
        path: '',
        message: `${fileName} has ${bytes} bytes; a sweep file has at most ${LIMITS.sweepFileBytesMax}`,
      },
    ]);
  }
  const lineCounter = new LineCounter();
  const document = composeDocument(text, lineCounter);
  if (document === null || document.contents === null) {
    return refuse([{ path: '', line: 1, message: `${fileName} is empty; see examples/quick.yaml` }]);
  }
  const reader = new NodeReader(document, lineCounter);
  const value = reader.read(document.contents, []);
  if (reader.problems.length > 0) refuse(reader.problems);
  return { value, lineOf: (path) => reader.lineOf(path) };
}

/**
 * Tokens first, then the document: composing recurses, so the depth is checked on the tokens, which are parsed with a stack
 * of their own. (V8 ends the whole process when a regular expression is compiled near the end of the stack, so catching
 * what text nested 50,000 deep throws would not be enough.)
 */
function composeDocument(text: string, lineCounter: LineCounter): Document | null {
  const problemAtOffset = (offset: number, message: string): InputProblem => {
    return { path: '', line: Math.max(1, lineCounter.linePos(offset).line), message };
  };
  const tokens = [...new Parser(lineCounter.addNewLine).parse(text)];
  const deep = offsetBelowDepth(tokens, LIMITS.sweepFileDepthMax);
  if (deep !== null) refuse([problemAtOffset(deep, depthMessage())]);

  // Duplicate keys are found by NodeReader: the composer's own check is quadratic in the number of keys.
  const composer = new Composer({ version: '1.2', merge: false, uniqueKeys: false, stringKeys: true });
  const [document, second] = [...composer.compose(tokens, false, text.length)];
  if (document === undefined) return null;
  const problems = document.errors
    .slice(0, SYNTAX_ERRORS_MAX)
    .map((error) => problemAtOffset(error.pos[0], `not valid YAML: ${firstWords(error.message)}`));
  if (document.errors.length > SYNTAX_ERRORS_MAX) {
    const message = `and ${document.errors.length - SYNTAX_ERRORS_MAX} more of the kind: is this a sweep file?`;
    problems.push({ path: '', message });
  }
  if (second !== undefined) {
    const message = 'a sweep file holds one document; remove the "---" and what follows';
    problems.push(problemAtOffset(second.range[0], message));
  }
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.2') {
    problems.push(problemAtOffset(0, 'sweep files are YAML 1.2; remove the %YAML directive'));
  }
  if (problems.length > 0) refuse(problems);
  return document;
}

/** More of them say that the text is something else altogether. */
const SYNTAX_ERRORS_MAX = 5;
/** The parser's message quotes the line that it stumbled over, which in a binary file has no end. */
const MESSAGE_LENGTH_MAX = 200;

function firstWords(message: string): string {
  const printable = message.replace(/[^\P{Cc}\n]/gu, '\uFFFD');
  return printable.length > MESSAGE_LENGTH_MAX ? `${printable.slice(0, MESSAGE_LENGTH_MAX)} …` : printable;
}

/** Where collections first nest deeper than `depthMax`; null where they do not. Keeps its own stack. */
function offsetBelowDepth(tokens: readonly CST.Token[], depthMax: number): number | null {
  const open = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    if (depth >= depthMax) return token.offset;
    for (const { key, value } of token.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
  return null;
}

function refuse(problems: readonly InputProblem[]): never {
  throw new InputError(tidyProblems(problems));
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
