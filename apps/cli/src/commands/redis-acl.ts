/** `seedbed redis-acl`: users with least privilege for a Redis or Valkey of one's own. */
import { Option } from 'commander';
import type { CommandHost } from '../program.js';
import { examples, JSON_OPTION } from './options.js';

/** The queue's roles; it is loaded only when the command runs. */
const ROLES = ['coordinator', 'trainer', 'scaler'] as const;

interface RedisAclOptions {
  readonly rules?: (typeof ROLES)[number];
  readonly json?: boolean;
}

export function registerRedisAcl({ program, context, run }: CommandHost): void {
  program
    .command('redis-acl')
    .description('print users with least privilege for a Redis or Valkey of your own')
    .addOption(new Option('--rules <role>', "only one role's rules, without a password").choices(ROLES))
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Prints a users.acl file with a new random password for each role; the passwords themselves are printed once, on stderr.
${examples('seedbed redis-acl > users.acl', 'seedbed redis-acl --json', 'seedbed redis-acl --rules trainer')}`,
    )
    .action((options: RedisAclOptions) =>
      run(async () => {
        const { printRules, printUsers } = await import('../system/server-users.js');
        const json = options.json ?? false;
        return options.rules === undefined
          ? printUsers(context, ROLES, json)
          : printRules(context, options.rules, json);
      }, options),
    );
}
