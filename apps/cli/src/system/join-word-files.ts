/** The join words in files of their owner's, so that they need not be on a command line. */
import { join as joinPath } from 'node:path';
import { writeFileAtomically } from '../output/atomic-file.js';

export interface JoinWordFiles {
  /** Holds the word for trainers. */
  readonly join: string;
  /** Holds the word that opens everything. */
  readonly steer: string;
}

/** Beside certificate and tokens, in a 0700 folder. Null for a system that only this machine reaches. */
export async function writeJoinWords(
  directory: string,
  { joinWord, steerWord }: { readonly joinWord: string | null; readonly steerWord: string | null },
): Promise<JoinWordFiles | null> {
  if (joinWord === null || steerWord === null) return null;
  const files = { join: joinPath(directory, 'tls', 'join'), steer: joinPath(directory, 'tls', 'steer') };
  await writeFileAtomically(files.join, `${joinWord}\n`, { mode: 0o600 });
  await writeFileAtomically(files.steer, `${steerWord}\n`, { mode: 0o600 });
  return files;
}
