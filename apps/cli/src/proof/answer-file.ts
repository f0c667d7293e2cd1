/** An answer.json on the disk. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Answer, answerSchema, coerceError, InputError, type SweepSpec } from '@seedbed/contracts';
import { specDigestOf } from '@seedbed/search';
import { z } from 'zod';
import { systemCodeOf } from '../system-code.js';

/** An answer of 100,000 runs is about 40 MB. */
const ANSWER_BYTES_MAX = 512 * 1024 * 1024;

/** @throws InputError that names the file and what is wrong with it */
export async function readAnswerFile(
  fileName: string,
  workingDirectory: string,
): Promise<{ readonly answer: Answer; readonly text: string }> {
  const refuse = (message: string, cause?: unknown): never => {
    throw new InputError([{ path: fileName, message }], { cause });
  };
  const path = resolve(workingDirectory, fileName);
  let text = '';
  try {
    const { size } = await stat(path);
    if (size > ANSWER_BYTES_MAX) refuse(`has ${size} bytes; an answer has at most ${ANSWER_BYTES_MAX}`);
    text = await readFile(path, 'utf8');
  } catch (thrown: unknown) {
    if (thrown instanceof InputError) throw thrown;
    const missing = systemCodeOf(thrown) === 'ENOENT';
    refuse(missing ? 'no such file' : `cannot be read: ${coerceError(thrown).message}`, thrown);
  }
  const parsed = answerSchema.safeParse(jsonOf(text));
  if (!parsed.success) return refuse(`is no answer.json: ${z.prettifyError(parsed.error)}`);
  return { answer: parsed.data, text };
}

/** @throws InputError when the answer has none, or another than its digest says */
export function specOfAnswer({ spec, specDigest }: Answer, fileName: string): SweepSpec {
  if (spec === undefined) {
    const message =
      'was written by a version that did not put the sweep file in; take it anew from the coordinator (GET /v1/sweeps/…/answer)';
    throw new InputError([{ path: fileName, message }]);
  }
  const found = specDigestOf(spec);
  if (found === specDigest) return spec;
  const message = `its sweep file has the digest ${found}, not ${specDigest}: one of them was changed`;
  throw new InputError([{ path: fileName, message }]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
