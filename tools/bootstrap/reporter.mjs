// What the bootstrap tells the person who waits: plain lines, and on a terminal one line that keeps changing.
// Everything goes to standard error, so that `npm start -- --json` keeps a clean standard output.

/**
 * @typedef {object} Reporter
 * @property {(part: string, text: string) => void} line a finished step
 * @property {(part: string, text: string) => void} update a step under way; shown on a terminal only
 * @property {(text: string) => void} warn loud, and collected for the state file
 * @property {string[]} warnings
 */

/**
 * @param {NodeJS.WritableStream & {isTTY?: boolean, columns?: number}} [stream]
 * @returns {Reporter}
 */
export function createReporter(stream = process.stderr) {
  /** @type {string[]} */
  const warnings = [];
  let pending = false;
  const clear = () => {
    if (pending) stream.write('\r\x1b[2K');
    pending = false;
  };
  return {
    warnings,
    line(part, text) {
      clear();
      stream.write(`${part}: ${text}\n`);
    },
    update(part, text) {
      if (!stream.isTTY) return;
      clear();
      stream.write(`${part}: ${text}`.slice(0, (stream.columns ?? 80) - 1));
      pending = true;
    },
    warn(text) {
      clear();
      warnings.push(text);
      stream.write(`\nWARNING: ${text}\n\n`);
    },
  };
}

/** A reporter that says nothing, for callers that only want the result. */
export const silentReporter = () => createReporter(/** @type {any} */ ({ write: () => true }));

/** @param {number} bytes */
export function formatSize(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/** @param {number} startedAtMs a value of performance.now() */
export const secondsSince = (startedAtMs) => `${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
