import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where downloads are kept: SEEDBED_CACHE, else $XDG_CACHE_HOME/seedbed, else ~/.cache/seedbed. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['SEEDBED_CACHE'];
  if (own) return resolve(own);
  const xdg = environment['XDG_CACHE_HOME'];
  return xdg ? resolve(xdg, 'seedbed') : join(homedir(), '.cache', 'seedbed');
}
