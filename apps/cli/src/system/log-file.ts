/** The log file of one process of ours: appended line by line; the run before it is kept as `.previous`. */
import { createWriteStream, renameSync } from 'node:fs';

export interface LogFile {
  readonly path: string;
  write(text: string): void;
  close(): Promise<void>;
}

/** A log that cannot be written (a full disk) is reported once and then done without: it must not end the work. */
export function openLogFile(path: string, onError: (error: Error) => void): LogFile {
  try {
    renameSync(path, `${path}.previous`);
  } catch {
    // No log yet.
  }
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  let broken = false;
  stream.on('error', (error) => {
    if (!broken) onError(error);
    broken = true;
  });
  return {
    path,
    write: (text) => {
      if (!broken) stream.write(text);
    },
    close: () =>
      new Promise((resolve) => {
        if (broken) resolve();
        else stream.end(() => resolve());
        stream.once('error', () => resolve());
      }),
  };
}
