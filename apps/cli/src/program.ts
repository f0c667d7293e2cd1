/** The `seedbed` command: its subcommands, and how an action's outcome becomes an exit code. */
import { Command, CommanderError } from 'commander';
import type { CliContext } from './cli-context.js';
import { registerBackup } from './commands/backup.js';
import { registerCompletion } from './commands/completion.js';
import { registerDashboard } from './commands/dashboard.js';
import { registerData } from './commands/data.js';
import { registerDoctor } from './commands/doctor.js';
import { registerExport } from './commands/export.js';
import { registerExtend } from './commands/extend.js';
import { registerLaunch } from './commands/launch.js';
import { registerList } from './commands/list.js';
import { registerPlan } from './commands/plan.js';
import { registerQuery } from './commands/query.js';
import { registerRedisAcl } from './commands/redis-acl.js';
import { registerReproduce } from './commands/reproduce.js';
import { registerRestore } from './commands/restore.js';
import { registerResults } from './commands/results.js';
import { registerRuns } from './commands/runs.js';
import { registerScale } from './commands/scale.js';
import { registerSweepActions } from './commands/sweep-actions.js';
import { registerTrainer } from './commands/trainer.js';
import { registerTrainers } from './commands/trainers.js';
import { registerUp } from './commands/up.js';
import { registerVerify } from './commands/verify.js';
import { registerWatch } from './commands/watch.js';
import { EXIT_CODES, exitCodeTable, type ExitCode } from './exit-codes.js';
import { installedVersion } from './installed-version.js';

/** What a command file gets to register itself: it adds a subcommand whose action calls `run`. */
export interface CommandHost {
  readonly program: Command;
  readonly context: CliContext;
  /** Runs an action; what it returns is the exit code, what it throws is reported. */
  readonly run: (action: () => Promise<ExitCode>, options: { readonly json?: boolean }) => Promise<void>;
}

/** Runs one command line (without node and script) and resolves with its exit code. Never rejects. */
export async function runSeedbed(argumentList: readonly string[], context: CliContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const run: CommandHost['run'] = async (action, { json = false }) => {
    try {
      exitCode = await action();
    } catch (thrown: unknown) {
      exitCode = await reportThrown(thrown, context, json);
    }
  };
  try {
    await buildProgram(context, run).parseAsync([...argumentList], { from: 'user' });
  } catch (thrown: unknown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Commander has printed help, the version or what is wrong with the arguments.
    return thrown.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.badInput;
  }
  return exitCode;
}

async function reportThrown(thrown: unknown, context: CliContext, json: boolean): Promise<ExitCode> {
  try {
    const { failureOf, reportFailure } = await import('./failure.js');
    const failure = failureOf(thrown);
    reportFailure(failure, { stdout: context.stdout, stderr: context.stderr, json });
    return failure.exitCode;
  } catch {
    // Not even the parts that describe errors can be loaded: the installation is incomplete.
    const message = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
    context.stderr.write(`seedbed: ${message}: run \`npm run setup\` in the repository\n`);
    return EXIT_CODES.failed;
  }
}

export function buildProgram(given: CliContext, run: CommandHost['run']): Command {
  const context = { ...given, environment: { ...given.environment } };
  const program = new Command('seedbed')
    .description(
      'Distributed hyperparameter search in which every trial is grown from several seeds, and the answer says how sure it is.',
    )
    .version(installedVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option(
      '--join <word>',
      'the system elsewhere that printed this word, or @FILE with it (default: SEEDBED_JOIN)',
    )
    .hook('preAction', (command) => {
      const { join } = command.opts<{ join?: string }>();
      if (join !== undefined) context.environment['SEEDBED_JOIN'] = join;
    })
    .helpCommand('help [command]', 'print help of a command')
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'seedbed: ')),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ seedbed reproduce                     run the whole report on this machine
  $ seedbed up                            server, coordinator and a trainer, until Ctrl-C
  $ seedbed launch sweep.yaml --watch     launch a sweep there and follow it
  $ seedbed results my-sweep --json       its results for a program

Environment:
  SEEDBED_JOIN                 the system to talk to or train for, as \`seedbed up --listen\` printed it
  SEEDBED_URL, SEEDBED_TOKEN   which coordinator to talk to (default: the one that \`seedbed up\` started)
  SEEDBED_FINGERPRINT          the certificate of SEEDBED_URL, where no authority has signed it
  REDIS_URL                    a Redis or Valkey to use in place of an own one
  SEEDBED_CACHE                where data and kernels are kept (default: ~/.cache/seedbed)
  NO_COLOR                     no colours

Exit codes:
${exitCodeTable()}`,
    );
  const host: CommandHost = { program, context, run };
  registerReproduce(host);
  registerUp(host);
  registerDashboard(host);
  registerTrainer(host);
  registerScale(host);
  registerPlan(host);
  registerLaunch(host);
  registerExtend(host);
  registerWatch(host);
  registerResults(host);
  registerRuns(host);
  registerQuery(host);
  registerExport(host);
  registerVerify(host);
  registerSweepActions(host);
  registerList(host);
  registerTrainers(host);
  registerRedisAcl(host);
  registerDoctor(host);
  registerData(host);
  registerBackup(host);
  registerRestore(host);
  registerCompletion(host);
  return program;
}
