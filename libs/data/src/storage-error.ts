import { coerceError, TerminalError } from '@seedbed/contracts';

/** What to do about each failure of the file system that only a person can mend. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left: free about 500 MB or set SEEDBED_CACHE to a folder on another disk',
  EDQUOT: 'the disk quota is used up: free about 500 MB or set SEEDBED_CACHE to another folder',
  EACCES: 'permission denied: set SEEDBED_CACHE to a folder that you may write to',
  EPERM: 'permission denied: set SEEDBED_CACHE to a folder that you may write to',
  EROFS: 'the file system is read-only: set SEEDBED_CACHE to a folder that you may write to',
};

/** Already says what to do, and is passed on as it is. */
class StorageError extends TerminalError {}

/** The `code` of a system error, wherever in the chain of causes it is. */
export function errorCode(error: unknown): string | undefined {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : undefined) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** The terminal error that a full or forbidden disk means, undefined for any other failure. */
export function storageError(error: unknown, directory: string): TerminalError | undefined {
  if (error instanceof StorageError) return error;
  const advice = ADVICE[errorCode(error) ?? ''];
  return advice === undefined
    ? undefined
    : new StorageError(`${directory}: ${advice}`, { cause: coerceError(error) });
}
