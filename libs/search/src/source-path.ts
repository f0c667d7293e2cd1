/** Where in a sweep file something stands: keys and list positions from the root. */
export type SourcePath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `stages[0].parameters.lambda.min`; keys that are no plain words are quoted. Empty for the whole document. */
export function formatPath(path: SourcePath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (PLAIN_KEY.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** The value at a path; undefined where the path leads nowhere. Own members only, so `constructor` finds nothing. */
export function valueAt(root: unknown, path: SourcePath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
