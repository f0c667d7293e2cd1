// Errors that a person can act on, and what the operating system's own codes mean to that person.

/** Something that the bootstrap cannot do here: the message says what, the remedy says what to do about it. */
export class BootstrapFailure extends Error {
  /**
   * @param {string} message what is wrong, in one sentence
   * @param {string} remedy what to install or change
   * @param {ErrorOptions} [options]
   */
  constructor(message, remedy, options) {
    super(message, options);
    this.name = 'BootstrapFailure';
    this.remedy = remedy;
  }
}

/** @type {Record<string, string>} */
const REMEDY_BY_CODE = {
  ENOSPC: 'the disk is full: free some space, or point SEEDBED_CACHE at a larger disk',
  EDQUOT: 'the disk quota is used up: free some space, or point SEEDBED_CACHE elsewhere',
  EROFS: 'the file system is read-only: point SEEDBED_CACHE at a folder that can be written',
  EACCES: 'no permission: point SEEDBED_CACHE at a folder of your own',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
};

/**
 * Makes any thrown value a failure with a remedy; a failure is passed through.
 * @param {unknown} error
 * @param {string} doing what was being done, for the message
 * @returns {BootstrapFailure}
 */
export function asFailure(error, doing) {
  if (error instanceof BootstrapFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error);
  const remedy = (code && REMEDY_BY_CODE[code]) ?? remedyFromText(message) ?? 'see the message above';
  return new BootstrapFailure(`${doing}: ${message}`, remedy, { cause: error });
}

/**
 * @param {unknown} error
 * @returns {string | undefined} the operating system's code, such as ENOSPC
 */
export function errorCode(error) {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Children (pip, npm, the compiler) report in words only.
 * @param {string} text
 * @returns {string | undefined}
 */
export function remedyFromText(text) {
  if (/ENOSPC|no space left/i.test(text)) return REMEDY_BY_CODE['ENOSPC'];
  const unreachable =
    /temporary failure in name resolution|name or service not known|network is unreachable|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|connection(broken| refused| error|.*timed out)|NewConnectionError/i;
  if (unreachable.test(text)) {
    return 'no network, or a proxy that is not configured: connect once (or set HTTPS_PROXY) and run it again';
  }
  return undefined;
}
