/** `seedbed verify SWEEP`: trains some of its runs again and compares the bits. */
import type { CommandHost } from '../program.js';
import { CHILDREN_MAX, examples, JSON_OPTION, repeated, SEED_MAX, wholeNumber } from './options.js';

interface VerifyCommandOptions {
  readonly sample: number;
  readonly seed: number;
  readonly run?: readonly string[];
  readonly children?: number;
  readonly json?: boolean;
}

/** Runs of a sample: more is a sweep of its own. */
const SAMPLE_MAX = 10_000;

export function registerVerify({ program, context, run }: CommandHost): void {
  program
    .command('verify')
    .description('train some runs of a sweep again on this machine and compare the results bit for bit')
    .argument('<sweep>', 'id of the sweep, or an answer.json')
    .option('--sample <n>', 'how many runs', wholeNumber(1, SAMPLE_MAX), 5)
    .option('--seed <n>', 'which runs: another seed chooses others', wholeNumber(0, SEED_MAX), 1)
    .option(
      '--run <run>',
      'this run and no sample: its id or first digits; may be given several times',
      repeated,
    )
    .option('--children <n>', 'training processes (default: one per core)', wholeNumber(1, CHILDREN_MAX))
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Exit code 0 only if every one is equal. Results of another numerics class (another kind of processor or backend) cannot be
compared bit for bit; that is said, and is exit code 1.
${examples(
  'seedbed verify my-sweep --sample 20',
  'seedbed verify my-sweep --run 3f9a0c11d2e4',
  'seedbed verify out/reproduction/answer.json --sample 20 --json',
)}`,
    )
    .action((source: string, options: VerifyCommandOptions) =>
      run(async () => {
        const { runVerify } = await import('../proof/run-verify.js');
        return runVerify(context, source, {
          sample: options.sample,
          seed: options.seed,
          runs: options.run ?? [],
          children: options.children ?? null,
          json: options.json ?? false,
        });
      }, options),
    );
}
