/** `seedbed scale`: as many trainers as there is work for. */
import { LIMITS } from '@seedbed/contracts';
import type { CliContext } from '../cli-context.js';
import type { ExitCode } from '../exit-codes.js';
import type { CommandHost } from '../program.js';
import { CHILDREN_MAX, examples, JSON_OPTION, TRAINERS_MAX, wholeNumber } from './options.js';

interface ScaleCommandOptions {
  readonly min: number;
  readonly max?: number;
  readonly runsPerTrainer?: number;
  readonly children: number;
  readonly interval: number;
  readonly coolDown: number;
  readonly interrupt?: boolean;
  readonly once?: boolean;
  readonly dryRun?: boolean;
  readonly command?: string;
  readonly redis?: string;
  readonly json?: boolean;
}

/** Of a cluster, which a command of one's own may scale. */
const CLUSTER_TRAINERS_MAX = 10_000;
const DAY_SECONDS = 86_400;

export function registerScale({ program, context, run }: CommandHost): void {
  program
    .command('scale')
    .description('start and end trainers on this machine, or by a command, as there is work, until Ctrl-C')
    .option('--min <n>', 'trainers at least', wholeNumber(0, CLUSTER_TRAINERS_MAX), 0)
    .option(
      '--max <n>',
      'trainers at most (default: as many as fit into cores and memory)',
      wholeNumber(0, CLUSTER_TRAINERS_MAX),
    )
    .option(
      '--runs-per-trainer <n>',
      'outstanding runs for which there is one trainer (default: 25 for each of its children)',
      wholeNumber(1, LIMITS.runsPerSweepMax),
    )
    .option('--children <n>', 'training processes of each trainer', wholeNumber(1, CHILDREN_MAX), 1)
    .option('--interval <seconds>', 'how often to look', wholeNumber(1, DAY_SECONDS), 5)
    .option(
      '--cool-down <seconds>',
      'how long fewer must have been wanted before there are fewer',
      wholeNumber(0, DAY_SECONDS),
      60,
    )
    .option(
      '--interrupt',
      'end busy trainers too, which hand their work back (default: wait until they are idle)',
    )
    .option('--once', 'look once, act and end')
    .option('--dry-run', 'say what would be wanted, and change nothing')
    .option('--command <line>', 'for sh: makes the trainers SEEDBED_TRAINERS_WANTED, whatever starts them')
    .option('--redis <url>', 'the Redis to work for (default: REDIS_URL, or what `seedbed up` started here)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
A coordinator that is away or starting is not a reason to end trainers: they stay until it says what is wanted.
${examples(
  'seedbed scale --max 4',
  'seedbed scale --join @join-line.txt --min 1 --max 8 --cool-down 300',
  'seedbed scale --once --dry-run --json',
  `seedbed scale --max 50 --command 'kubectl scale deployment/trainer --replicas "$SEEDBED_TRAINERS_WANTED"'`,
)}`,
    )
    .action((options: ScaleCommandOptions) => run(() => scale(context, options), options));
}

async function scale(context: CliContext, options: ScaleCommandOptions): Promise<ExitCode> {
  const [{ runScale }, { fittingTrainers }] = await Promise.all([
    import('../scaling/run-scale.js'),
    import('../scaling/fitting-trainers.js'),
  ]);
  return runScale(context, {
    min: options.min,
    max: options.max ?? Math.max(options.min, Math.min(TRAINERS_MAX, fittingTrainers(options.children))),
    runsPerTrainer: options.runsPerTrainer ?? null,
    children: options.children,
    intervalMs: 1_000 * options.interval,
    coolDownMs: 1_000 * options.coolDown,
    interrupt: options.interrupt ?? false,
    once: options.once ?? false,
    dryRun: options.dryRun ?? false,
    command: options.command ?? null,
    redis: options.redis ?? null,
    json: options.json ?? false,
  });
}
