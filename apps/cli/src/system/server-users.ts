/** Users with least privilege for a server that is not ours. */
import { randomBytes } from 'node:crypto';
import { accessLine, accessRules, NO_DEFAULT_USER, type ServerRole } from '@seedbed/queue';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';

/** 192 bits. */
const PASSWORD_BYTES = 24;

export function printRules({ stdout }: CliContext, role: ServerRole, json: boolean): ExitCode {
  const rules = accessRules(role);
  if (json) printJson(stdout, { role, rules });
  else printLine(stdout, rules);
  return EXIT_CODES.ok;
}

/** A users.acl with new passwords on stdout; the passwords, which it has as digests only, on stderr. */
export function printUsers(
  { stdout, stderr }: CliContext,
  roles: readonly ServerRole[],
  json: boolean,
): ExitCode {
  const users = roles.map((role) => {
    const password = randomBytes(PASSWORD_BYTES).toString('hex');
    return { role, password, rules: accessRules(role), line: accessLine({ role, password }) };
  });
  if (json) {
    printJson(stdout, { users, defaultUser: NO_DEFAULT_USER });
    return EXIT_CODES.ok;
  }
  for (const line of [NO_DEFAULT_USER, ...users.map((user) => user.line)]) printLine(stdout, line);
  printLine(stderr, 'shown once, keep them as secrets (HOST is the server; rediss: where it speaks TLS):');
  for (const { role, password } of users) {
    printLine(stderr, `${role.padEnd(12)} rediss://${role}:${password}@HOST:6379`);
  }
  return EXIT_CODES.ok;
}
