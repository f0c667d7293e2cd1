// `node docker/make-secrets.mjs DIRECTORY` makes what compose.yaml reads: a token for the coordinator, and for each role a user
// of its own at the server with a new password. Runs in a checkout that is set up and in the coordinator's image.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** 256 bits. */
const TOKEN_BYTES = 32;
/** 192 bits. */
const PASSWORD_BYTES = 24;
/** The service's name in compose.yaml. */
const SERVER = 'redis:6379';
/** Whoever may enter the folder, its owner alone, may read the file; so may the server's user, into whose container it is mounted. */
const MODE = { folder: 0o700, own: 0o600, mounted: 0o444 };

/** @typedef {'coordinator' | 'trainer'} Role */

/**
 * @param {string} directory new or empty of such files
 * @returns {string[]} what was written
 */
function makeSecrets(directory) {
  const { accessLine, NO_DEFAULT_USER } = loadQueue();
  const roles = /** @type {const} */ (['coordinator', 'trainer']);
  const users = roles.map((role) => ({ role, password: randomBytes(PASSWORD_BYTES).toString('hex') }));
  /** @param {Role} role */
  const urlOf = (role) => {
    const password = users.find((user) => user.role === role)?.password;
    return `REDIS_URL=redis://${role}:${password}@${SERVER}\n`;
  };
  const [token, trainerToken] = [TOKEN_BYTES, TOKEN_BYTES].map((bytes) => randomBytes(bytes).toString('hex'));
  const files = [
    {
      name: 'users.acl',
      text: `${[NO_DEFAULT_USER, ...users.map(accessLine)].join('\n')}\n`,
      mode: MODE.mounted,
    },
    {
      name: 'coordinator.env',
      text: `SEEDBED_TOKEN=${token}\nSEEDBED_TRAINER_TOKEN=${trainerToken}\n${urlOf('coordinator')}`,
      mode: MODE.own,
    },
    { name: 'trainer.env', text: `SEEDBED_TOKEN=${trainerToken}\n${urlOf('trainer')}`, mode: MODE.own },
  ];
  mkdirSync(directory, { recursive: true, mode: MODE.folder });
  chmodSync(directory, MODE.folder);
  const paths = files.map(({ name }) => join(directory, name));
  const taken = paths.find((path) => existsSync(path));
  if (taken) throw new Error(`${taken} is there already; remove it to make new secrets`);
  for (const { name, text, mode } of files) {
    writeFileSync(join(directory, name), text, { mode, flag: 'wx' });
    chmodSync(join(directory, name), mode);
  }
  return paths;
}

/**
 * @returns {{accessLine(user: {role: Role, password: string}): string, NO_DEFAULT_USER: string}}
 */
function loadQueue() {
  const path = fileURLToPath(new URL('../libs/queue/dist/index.js', import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`npm run setup\` first`);
  return createRequire(import.meta.url)(path);
}

const [directory] = process.argv.slice(2);
try {
  if (!directory) throw new Error('name the folder for the secrets, for example docker/secrets');
  for (const path of makeSecrets(directory)) process.stdout.write(`${path}\n`);
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
}
