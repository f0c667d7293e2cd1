// Where downloads are kept between runs and between checkouts.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * SEEDBED_CACHE, else $XDG_CACHE_HOME/seedbed, else ~/.cache/seedbed.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string} an absolute path; the folder need not exist
 */
export function cacheDirectory(environment = process.env) {
  if (environment['SEEDBED_CACHE']) return resolve(environment['SEEDBED_CACHE']);
  if (environment['XDG_CACHE_HOME']) return resolve(environment['XDG_CACHE_HOME'], 'seedbed');
  return join(environment['HOME'] ?? homedir(), '.cache', 'seedbed');
}
