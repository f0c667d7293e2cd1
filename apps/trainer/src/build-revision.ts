/** Which commit of Seedbed's repository this trainer was built from: of the image, else of the working tree around it. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const REVISION = /^[0-9a-f]{7,64}$/;

/** Null where neither says. Whether files were changed since cannot be told; run ids carry the engine's version. */
export function buildRevision(environment: NodeJS.ProcessEnv, directory = __dirname): string | null {
  const named = environment['SEEDBED_REVISION'] ?? '';
  if (REVISION.test(named)) return named;
  const repository = gitDirectoryAbove(directory);
  return repository === null ? null : headOf(repository);
}

/** `.git`, or where a worktree's `.git` file points. */
function gitDirectoryAbove(directory: string): string | null {
  for (let current = directory; ; current = dirname(current)) {
    const found = join(current, '.git');
    if (read(join(found, 'HEAD')) !== null) return found;
    const pointed = /^gitdir: (.+)$/m.exec(read(found) ?? '')?.[1];
    if (pointed !== undefined) return resolve(current, pointed);
    if (dirname(current) === current) return null;
  }
}

function headOf(repository: string): string | null {
  const head = read(join(repository, 'HEAD'))?.trim() ?? '';
  if (REVISION.test(head)) return head;
  const name = /^ref: (refs\/\S+)$/.exec(head)?.[1];
  if (name === undefined) return null;
  // A worktree keeps its branches in the repository that it belongs to.
  const common = resolve(repository, read(join(repository, 'commondir'))?.trim() ?? '.');
  const loose = read(join(common, name))?.trim();
  const packed = read(join(common, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${name}`));
  const revision = loose ?? packed?.split(' ')[0] ?? '';
  return REVISION.test(revision) ? revision : null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
