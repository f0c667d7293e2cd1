// What the bootstrap found, for the programs that come after it: node_modules/.seedbed/bootstrap.json, rewritten by every
// setup. Its shape (also the reference for readers, who must tolerate fields they do not know):
//
// {
//   "schemaVersion": 1,
//   "writtenAt": "2026-11-23T20:30:00.000Z",
//   "platform": "linux-x64",
//   "node": "v20.20.2",
//   "cacheDirectory": "/home/me/.cache/seedbed",
//   "backend": { "kind": "tensorflow", "tensorflowVersion": "2.21.0", "source": "wheel", "directory": "…", "addonPath": "…" }
//           or { "kind": "wasm", "reason": "why there are no native kernels", "remedy": "what to install" },
//   "server": { "kind": "binary", "source": "path", "path": "/usr/bin/redis-server", "flavour": "redis", "version": "7.0.15" }
//          or { "kind": "url" }, when REDIS_URL was set and no program is at hand; the URL itself is not written down
//          or { "kind": "missing", "reason": "…", "remedy": "…" },
//   "attempts": [{ "part": "kernels", "source": "wheel", "outcome": "failed", "reason": "…" }],
//   "warnings": ["…"]
// }
//
// REDIS_URL in a reader's own environment goes before "server".
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutStateDirectory } from './repository.mjs';

/**
 * @typedef {{kind: 'tensorflow', tensorflowVersion: string, source: string, directory: string, addonPath: string,
 *   probedFor?: string} | {kind: 'wasm', reason: string, remedy: string}} Backend
 * source: wheel | user | official | installed. probedFor: the Node, host and entry for which the kernels were run.
 *
 * @typedef {{kind: 'binary', source: 'path' | 'cache', path: string, flavour: 'redis' | 'valkey', version: string}
 *   | {kind: 'url'} | {kind: 'missing', reason: string, remedy: string}} Server
 *
 * @typedef {{part: 'kernels' | 'server', source: string, outcome: 'used' | 'failed' | 'skipped', reason?: string}} Attempt
 *
 * @typedef {object} BootstrapState
 * @property {1} schemaVersion
 * @property {string} writtenAt
 * @property {string} platform
 * @property {string} node
 * @property {string} cacheDirectory
 * @property {Backend} backend
 * @property {Server} server
 * @property {Attempt[]} attempts
 * @property {string[]} warnings
 */

/** @param {string} root */
const statePath = (root) => join(checkoutStateDirectory(root), 'bootstrap.json');

/**
 * @param {string} root
 * @returns {BootstrapState | undefined} undefined when there is none, or one of another version
 */
export function readState(root) {
  try {
    const state = JSON.parse(readFileSync(statePath(root), 'utf8'));
    return state?.schemaVersion === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {BootstrapState} state
 */
export function writeState(root, state) {
  writeAtomically(statePath(root), `${JSON.stringify(state, undefined, 2)}\n`);
}

/**
 * @param {string} path
 * @param {string} text
 */
export function writeAtomically(path, text) {
  mkdirSync(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
