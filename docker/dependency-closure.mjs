// What one app needs at run time, read from package-lock.json as npm laid the packages out.

/**
 * @typedef {object} LockEntry
 * @property {string} [name] where it differs from the folder
 * @property {string} [version]
 * @property {string} [resolved] of a link: the folder it leads to
 * @property {boolean} [link]
 * @property {string} [integrity] base64, such as sha512-…
 * @property {string} [license]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 *
 * @typedef {{path: string, name: string, entry: LockEntry, dependsOn: string[]}} NeededPackage
 * path: folder in the repository; dependsOn: paths
 */

/**
 * @param {{packages: Record<string, LockEntry>}} lock
 * @param {string} app name of a workspace
 * @param {readonly string[]} leftOut names that are not followed: programs that the app starts and never imports
 * @returns {Map<string, NeededPackage>} by path, the app first
 */
export function dependencyClosure(lock, app, leftOut = []) {
  const start = lock.packages[`node_modules/${app}`]?.resolved;
  if (!start) throw new Error(`package-lock.json has no workspace ${app}`);
  /** @type {Map<string, NeededPackage>} */
  const needed = new Map();
  const paths = new Set([start]);
  // A set that grows while it is walked is walked to its end.
  for (const path of paths) {
    const entry = lock.packages[path] ?? {};
    const names = [entry.dependencies, entry.optionalDependencies, entry.peerDependencies].flatMap(
      (dependencies) => Object.keys(dependencies ?? {}),
    );
    const dependsOn = names
      .filter((name) => !leftOut.includes(name))
      .map((name) => resolve(lock, name, path))
      .filter((found) => found !== undefined);
    needed.set(path, {
      path,
      name: entry.name ?? nameOf(lock, path),
      entry,
      dependsOn: [...new Set(dependsOn)],
    });
    for (const found of dependsOn) paths.add(found);
  }
  return needed;
}

/**
 * As Node looks for a package: in the folder's own node_modules, then in those above.
 *
 * @param {{packages: Record<string, LockEntry>}} lock
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined} undefined when it is not there: an optional peer, or not for this platform
 */
function resolve(lock, name, from) {
  for (let folder = from; ; folder = folder.split('/').slice(0, -1).join('/')) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock.packages[path];
    if (entry) return suits(entry) ? (entry.link ? entry.resolved : path) : undefined;
    if (folder === '') return undefined;
  }
}

/** @param {LockEntry} entry */
function suits({ os, cpu, libc }) {
  const fits = (/** @type {string[] | undefined} */ list, /** @type {string} */ here) =>
    list === undefined || list.includes(here);
  return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, 'glibc');
}

/**
 * @param {{packages: Record<string, LockEntry>}} lock
 * @param {string} path
 */
function nameOf(lock, path) {
  const last = path.split('node_modules/').at(-1) ?? path;
  if (path.includes('node_modules/')) return last;
  // A workspace is named by the link that leads to it.
  const link = Object.entries(lock.packages).find(([, { resolved, link }]) => link && resolved === path);
  return link?.[0].slice('node_modules/'.length) ?? path;
}
