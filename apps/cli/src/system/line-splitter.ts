/** Cuts a stream of text into lines; a line longer than the bound is passed on in pieces. */

/** A log line of ours is under 10 KB; a process gone wild must not fill our memory. */
const LINE_LENGTH_MAX = 64 * 1024;

export function createLineSplitter(onLine: (line: string) => void): {
  push(text: string): void;
  end(): void;
} {
  let rest = '';
  const flush = (): void => {
    if (rest !== '') onLine(rest);
    rest = '';
  };
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
      if (rest.length > LINE_LENGTH_MAX) flush();
    },
    end: flush,
  };
}
