/** The join word of `--join` or SEEDBED_JOIN. */
import { readFileSync } from 'node:fs';
import { coerceError, InputError, type Join, parseJoin } from '@seedbed/contracts';

/** A word in a file cannot be seen in the list of processes. */
const FILE_MARK = '@';

/**
 * Null when there is none. `@FILE` reads it from a file.
 *
 * @throws InputError when it is no join word, or its file cannot be read
 */
export function readJoin(environment: NodeJS.ProcessEnv): Join | null {
  const given = environment['SEEDBED_JOIN'];
  if (!given) return null;
  return parseJoin(given.startsWith(FILE_MARK) ? readWord(given.slice(FILE_MARK.length)) : given);
}

/** The file may hold the whole line that `seedbed up` printed. */
function readWord(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split(/\s+/).at(-1) ?? '';
  } catch (thrown: unknown) {
    throw new InputError([{ path: 'join', message: `cannot be read: ${coerceError(thrown).message}` }]);
  }
}
