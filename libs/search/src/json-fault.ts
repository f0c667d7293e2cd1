/**
 * Where a text stops being JSON (RFC 8259). The YAML reader takes JSON for YAML and so accepts what no other JSON tool does
 * (a trailing comma, single quotes, a comment); JSON.parse refuses them but does not reliably say where.
 */
export interface JsonFault {
  /** Where in the text, counted from 0 in UTF-16 units; the text's length when something is missing at its end. */
  readonly offset: number;
  /** What was expected there and what was found. */
  readonly message: string;
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'end of value';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORDS: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  ':': '":"',
  'end of value': '"," or the end of the list or object',
};

/** Null for valid JSON. Keeps its own stack: nesting costs no recursion. */
export function jsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    offset += matchAt(SPACE, text, offset);
    const found = text[offset];
    if (found === undefined) {
      const done = expected === 'end of value' && open.length === 0;
      return done ? null : fault(text, offset, expected);
    }
    if (expected === ':') {
      if (found !== ':') return fault(text, offset, expected);
      expected = 'value';
      offset += 1;
    } else if (expected === 'end of value') {
      const container = open.at(-1);
      if (container === undefined) return { offset, message: 'expected nothing after the value' };
      if (found === ',') expected = container === '{' ? 'key' : 'value';
      else if (found === (container === '{' ? '}' : ']')) open.pop();
      else return fault(text, offset, expected);
      offset += 1;
    } else if (expected === 'key' || expected === 'key or }') {
      if (found === '}' && expected === 'key or }') {
        open.pop();
        expected = 'end of value';
        offset += 1;
      } else {
        if (found !== '"') return fault(text, offset, expected);
        const end = endOfString(text, offset);
        if (typeof end !== 'number') return end;
        offset = end;
        expected = ':';
      }
    } else if (found === ']' && expected === 'value or ]') {
      open.pop();
      expected = 'end of value';
      offset += 1;
    } else if (found === '{' || found === '[') {
      open.push(found);
      expected = found === '{' ? 'key or }' : 'value or ]';
      offset += 1;
    } else {
      const end = endOfScalar(text, offset);
      if (end === null) return fault(text, offset, expected);
      if (typeof end !== 'number') return end;
      offset = end;
      expected = 'end of value';
    }
  }
}

function endOfScalar(text: string, start: number): number | JsonFault | null {
  if (text[start] === '"') return endOfString(text, start);
  const length = matchAt(NUMBER, text, start) || matchAt(LITERAL, text, start);
  return length === 0 ? null : start + length;
}

/** By hand: a regular expression that may fail at the end of a long text would try every split of it. */
function endOfString(text: string, start: number): number | JsonFault {
  let offset = start + 1;
  for (;;) {
    const character = text[offset];
    if (character === '"') return offset + 1;
    if (character === undefined) return { offset: start, message: 'this text has no closing double quote' };
    if (character < ' ') {
      return { offset, message: 'a line break or control character must be escaped (e.g. \\n)' };
    }
    const escape = character === '\\' ? matchAt(ESCAPE, text, offset) : 1;
    if (escape === 0) return { offset, message: 'no such escape; a backslash itself is written \\\\' };
    offset += escape;
  }
}

function fault(text: string, offset: number, expected: Expected): JsonFault {
  const character = text.codePointAt(offset);
  const found =
    character === undefined ? 'the end of the file' : JSON.stringify(String.fromCodePoint(character));
  const isTrailingComma =
    (found === '"}"' || found === '"]"') && (expected === 'key' || expected === 'value');
  const hint = isTrailingComma ? ': remove the comma before it' : '';
  return { offset, message: `expected ${WORDS[expected]}, found ${found}${hint}` };
}

function matchAt(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0].length ?? 0;
}
