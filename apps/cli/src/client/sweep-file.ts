/** Reading a sweep file from the disk; its meaning is @seedbed/search's. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { coerceError, InputError, LIMITS, nameSchema, type SweepSpec } from '@seedbed/contracts';
import { parseSweepFile } from '@seedbed/search';
import { systemCodeOf } from '../system-code.js';

/** @throws InputError with every problem, each with its file and line */
export async function readSweepFile(fileName: string, workingDirectory: string): Promise<SweepSpec> {
  const text = await readBounded(fileName, resolve(workingDirectory, fileName));
  try {
    return parseSweepFile(text, { fileName });
  } catch (thrown: unknown) {
    if (!(thrown instanceof InputError)) throw thrown;
    throw new InputError(
      thrown.problems.map((problem) => withFileName(problem, fileName)),
      { cause: thrown },
    );
  }
}

async function readBounded(fileName: string, path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > LIMITS.sweepFileBytesMax) {
        throw new InputError([
          {
            path: fileName,
            message: `has ${size} bytes; a sweep file has at most ${LIMITS.sweepFileBytesMax}`,
          },
        ]);
      }
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (thrown: unknown) {
    if (thrown instanceof InputError) throw thrown;
    const error = coerceError(thrown);
    const missing = systemCodeOf(thrown) === 'ENOENT';
    const message = missing ? 'no such file' : `cannot be read: ${error.message}`;
    throw new InputError([{ path: fileName, message }], { cause: error });
  }
}

/** `sweep.yaml:12: stages[0].name: …` */
function withFileName(
  problem: InputError['problems'][number],
  fileName: string,
): InputError['problems'][number] {
  const named = problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`;
  return problem.line === undefined
    ? { path: fileName, message: named }
    : { path: fileName, line: problem.line, message: named };
}

/** @throws InputError when the name is none */
export function renameSweep(spec: SweepSpec, name: string): SweepSpec {
  const parsed = nameSchema.safeParse(name);
  if (parsed.success) return { ...spec, name: parsed.data };
  const reason = parsed.error.issues[0]?.message ?? 'not a name';
  throw new InputError([{ path: '--name', message: `"${name}": ${reason}` }]);
}
