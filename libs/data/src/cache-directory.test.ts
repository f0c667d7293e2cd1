import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from './cache-directory.js';

describe('cacheDirectory', () => {
  it('follows SEEDBED_CACHE, then XDG_CACHE_HOME, then the home directory', () => {
    expect(cacheDirectory({ SEEDBED_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheDirectory({ SEEDBED_CACHE: '', XDG_CACHE_HOME: '/b' })).toBe('/b/seedbed');
    expect(cacheDirectory({})).toBe(join(homedir(), '.cache', 'seedbed'));
  });
});
