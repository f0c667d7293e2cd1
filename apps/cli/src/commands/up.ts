/** `seedbed up`: server, coordinator and trainers on this machine, in the foreground until Ctrl-C. */
import type { CliContext } from '../cli-context.js';
import type { CommandHost } from '../program.js';
import type { ExitCode } from '../exit-codes.js';
import { CHILDREN_MAX, examples, JSON_OPTION, PORT_MAX, TRAINERS_MAX, wholeNumber } from './options.js';

interface UpOptions {
  readonly trainers: number;
  readonly children?: number;
  readonly listen: string;
  readonly advertise?: string;
  readonly queuePort?: number;
  readonly redis?: string;
  readonly directory?: string;
  readonly json?: boolean;
}

export function registerUp({ program, context, run }: CommandHost): void {
  program
    .command('up')
    .description('start a server, a coordinator and trainers on this machine, until Ctrl-C')
    .option('--trainers <n>', 'trainers; 0 for none', wholeNumber(0, TRAINERS_MAX), 1)
    .option(
      '--children <n>',
      'training processes per trainer (default: one per core)',
      wholeNumber(1, CHILDREN_MAX),
    )
    .option(
      '--listen <address>',
      'where to listen: host or host:port; port 0 for any free one',
      '127.0.0.1:7333',
    )
    .option('--advertise <host>', 'how other machines reach this one (default: the address of --listen)')
    .option(
      '--queue-port <n>',
      'where other machines reach the own server (default: the port after that of --listen)',
      wholeNumber(0, PORT_MAX),
    )
    .option('--redis <url>', 'a Redis or Valkey to use (default: REDIS_URL, else an own server)')
    .option('--directory <dir>', "the own server's data and all logs (default: in ~/.local/state/seedbed)")
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
The token is SEEDBED_TOKEN, or a new one each time. Other commands of the same user find address and token by themselves.
Off loopback everything is TLS with a certificate of its own, and a line is printed by which other machines join; it stays
the same over restarts with the same --directory.
${examples('seedbed up', 'seedbed up --trainers 2 --children 1 --listen 127.0.0.1:0', 'seedbed up --listen 192.168.1.5', 'seedbed up --redis redis://localhost:6379')}`,
    )
    .action((options: UpOptions) => run(() => runUp(context, options), options));
}

async function runUp(context: CliContext, options: UpOptions): Promise<ExitCode> {
  const { bringUp } = await import('../system/bring-up.js');
  return bringUp(context, {
    trainers: options.trainers,
    children: options.children ?? null,
    listen: options.listen,
    advertise: options.advertise ?? null,
    queuePort: options.queuePort ?? null,
    redis: options.redis ?? null,
    directory: options.directory ?? null,
    json: options.json ?? false,
  });
}
