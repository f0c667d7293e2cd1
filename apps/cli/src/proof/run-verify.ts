/** `seedbed verify`: runs of a sweep, or of an answer.json, trained again here and compared. */
import { accuracyRatio, InputError } from '@seedbed/contracts';
import { defaultChildren } from '@seedbed/trainer';
import { pino } from 'pino';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { openClient } from '../client/open-client.js';
import { fetchDataSet } from '../data-set.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatPercent } from '../output/format.js';
import { appScript } from '../system/installation.js';
import { readAnswerFile } from './answer-file.js';
import type { Choice, Claim } from './claim.js';
import { claimsOfAnswer } from './claims-of-answer.js';
import { claimsOfSweep } from './claims-of-sweep.js';
import { type Verdict, type VerifiedRun, verifyClaims } from './verify.js';

export interface VerifyOptions extends Choice {
  /** Null for one per core. */
  readonly children: number | null;
  readonly json: boolean;
}

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  equal: 'bit-equal',
  different: 'DIFFERENT',
  'other-class': 'other bits, as another kind of processor gives',
  forged: 'NOT TRAINED: its run id does not follow from its settings',
};

/** @param source id of a sweep, or the name of a file that ends in .json */
export async function runVerify(
  context: CliContext,
  source: string,
  options: VerifyOptions,
): Promise<ExitCode> {
  const claims = await claimsOf(context, source, options);
  if (claims.length === 0) {
    throw new InputError([{ path: source, message: 'has no result yet that could be verified' }]);
  }
  await fetchDataSet(context);
  const machine = {
    children: options.children ?? defaultChildren(),
    childPath: appScript('trainer', 'child.js'),
    environment: context.environment,
    logger: pino({ enabled: false }),
    signal: context.signal,
  };
  let done = 0;
  const verification = await verifyClaims(claims, machine, (run) => {
    done += 1;
    printLine(context.stderr, `${done} of ${claims.length}: ${lineOf(run)}`);
  });
  const count = (verdict: Verdict): number =>
    verification.runs.filter((run) => run.verdict === verdict).length;
  const [equal, otherClass] = [count('equal'), count('other-class')];
  if (options.json) {
    printJson(context.stdout, {
      ...{ source, sampled: claims.length, equal, different: count('different'), otherClass },
      ...{ forged: count('forged'), numericsClass: verification.numericsClass },
      runs: verification.runs.map(documentOf),
    });
  } else {
    const here = verification.numericsClass === null ? '' : ` on ${verification.numericsClass}`;
    printLine(context.stdout, `${source}: ${equal} of ${claims.length} bit-equal${here}`);
    for (const run of verification.runs) {
      if (run.verdict !== 'equal') printLine(context.stdout, `  ${lineOf(run)}`);
    }
    if (otherClass > 0) printLine(context.stdout, otherClassLine(claims, verification.numericsClass));
  }
  return equal === claims.length ? EXIT_CODES.ok : EXIT_CODES.failed;
}

async function claimsOf(context: CliContext, source: string, choice: Choice): Promise<Claim[]> {
  if (!source.endsWith('.json')) return await claimsOfSweep(openClient(context), source, choice);
  const { answer } = await readAnswerFile(source, context.workingDirectory);
  return claimsOfAnswer(answer, source, choice);
}

function lineOf({ claim, verdict, result }: VerifiedRun): string {
  const place = `${claim.stage}, trial ${claim.trialIndex}, seed ${claim.seed} (${claim.runId.slice(0, 12)})`;
  const accuracy =
    result?.outcome === 'trained' ? `, ${formatPercent(accuracyRatio(result.validation))} right here` : '';
  return `${place}: ${VERDICT_WORDS[verdict]}${accuracy}`;
}

function otherClassLine(claims: readonly Claim[], here: string | null): string {
  const classes = [...new Set(claims.map(({ numericsClass }) => numericsClass ?? 'not said'))].join(', ');
  return (
    `These results come from numerics class ${classes}, and this machine has ${here ?? 'none'}: their sums round otherwise, ` +
    'so equal bits cannot be expected and nothing is proved. Verify on a machine of that class.'
  );
}

function documentOf({ claim, verdict, found, result }: VerifiedRun) {
  const { settings: _settings, ...run } = claim;
  const accuracy = result?.outcome === 'trained' ? accuracyRatio(result.validation) : null;
  return { ...run, verdict, found, accuracy };
}
