// `node k8s/generate-secrets.mjs OVERLAY [options]` makes the files that an overlay's secrets are generated from: tokens of the
// coordinator that open what each role needs, and a user and a password of its own for each role at Redis. They stay on this machine (see .gitignore).
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMain, repositoryRoot } from '../tools/bootstrap/repository.mjs';

const USAGE = `node k8s/generate-secrets.mjs OVERLAY [--rotate] [--coordinator-redis @FILE --trainer-redis @FILE]

OVERLAY                    e.g. k8s/overlays/local; the files go to its folder secrets/
--rotate                   replace secrets that are there already (pods restart with the new ones when applied)
--coordinator-redis @FILE  a server somewhere else: the file holds its URL with user and password,
                           rediss://coordinator:…@redis.example:6380
--trainer-redis @FILE      the same for trainers; users with least privilege: npx seedbed redis-acl
`;
/** 256 bits. */
const TOKEN_BYTES = 32;
/** Name and port of the Service in components/redis. */
const OWN_SERVER = 'seedbed-redis:6379';

/**
 * @typedef {{role: string, password: string, line: string}} User
 * @typedef {{coordinator: string, trainer: string}} ServerUrls
 */

/**
 * @param {string} overlay
 * @param {{rotate?: boolean, urls?: ServerUrls}} [options] without URLs the overlay has a server of its own
 * @returns {string[]} the files that were written
 */
export function generateSecrets(overlay, { rotate = false, urls } = {}) {
  const directory = join(overlay, 'secrets');
  if (!existsSync(join(overlay, 'kustomization.yaml')))
    throw new Error(`${overlay} is no overlay: it has no kustomization.yaml`);
  if (existsSync(directory) && !rotate)
    throw new Error(`${directory} is there already; --rotate replaces what is in it`);
  const [token, trainerToken, observerToken] = ['operator', 'trainer', 'observer'].map(() =>
    randomBytes(TOKEN_BYTES).toString('hex'),
  );
  const { users, defaultUser } = urls === undefined ? newUsers() : { users: [], defaultUser: '' };
  const { coordinator, trainer } = urls ?? {
    coordinator: urlOf(users, 'coordinator'),
    trainer: urlOf(users, 'trainer'),
  };
  const files = {
    'coordinator.env': [
      `SEEDBED_TOKEN=${token}`,
      `SEEDBED_TRAINER_TOKEN=${trainerToken}`,
      `SEEDBED_OBSERVER_TOKEN=${observerToken}`,
      `REDIS_URL=${coordinator}`,
      '',
    ].join('\n'),
    // Data sets and checkpoints; no sweep.
    'trainer.env': `SEEDBED_TOKEN=${trainerToken}\nREDIS_URL=${trainer}\n`,
    // The numbers to scale on, and nothing else.
    'scaler.env': `token=${observerToken}\n`,
    ...(urls === undefined
      ? { 'users.acl': `${[defaultUser, ...users.map(({ line }) => line)].join('\n')}\n` }
      : {}),
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return Object.entries(files).map(([name, text]) => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  });
}

/** @returns {{users: User[], defaultUser: string}} */
function newUsers() {
  const command = [join(repositoryRoot, 'apps', 'cli', 'bin', 'seedbed.js'), 'redis-acl', '--json'];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' }));
}

/** @param {User[]} users @param {string} role */
function urlOf(users, role) {
  const user = users.find((candidate) => candidate.role === role);
  if (user === undefined) throw new Error(`there is no user for the role ${role}`);
  return `redis://${role}:${user.password}@${OWN_SERVER}`;
}

/** @param {string} option @param {string} given */
function urlIn(option, given) {
  if (!given.startsWith('@')) {
    const why = 'a password on a command line is visible to every user of the machine';
    throw new Error(`${option} takes @FILE, a file that holds the URL: ${why}`);
  }
  return readFileSync(given.slice(1), 'utf8').trim();
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rotate: { type: 'boolean' },
      'coordinator-redis': { type: 'string' },
      'trainer-redis': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const [overlay] = positionals;
  const coordinator = values['coordinator-redis'];
  const trainer = values['trainer-redis'];
  if (values.help || overlay === undefined || (coordinator === undefined) !== (trainer === undefined)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const urls =
    coordinator !== undefined && trainer !== undefined
      ? {
          coordinator: urlIn('--coordinator-redis', coordinator),
          trainer: urlIn('--trainer-redis', trainer),
        }
      : undefined;
  const options = { rotate: values.rotate ?? false, ...(urls === undefined ? {} : { urls }) };
  for (const path of generateSecrets(overlay, options)) process.stdout.write(`${path}\n`);
}

if (isMain(import.meta.url)) {
  try {
    main();
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = 1;
  }
}
