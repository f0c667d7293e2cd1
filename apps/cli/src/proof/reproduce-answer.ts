/**
 * `seedbed reproduce --from answer.json`: trains what an answer describes once more, on a system of its own that knows no
 * result, and compares the new answer with it byte for byte.
 */
import { join, resolve } from 'node:path';
import { type Answer, answerSchema, canonicalJson } from '@seedbed/contracts';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { fetchDataSet } from '../data-set.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { removeTemporaryFiles, writeFileAtomically } from '../output/atomic-file.js';
import { formatDuration } from '../output/format.js';
import { openingLine, refuseAnotherPart } from '../reproduction/choices.js';
import { checkFreeSpace } from '../reproduction/health-watch.js';
import { openRecord } from '../reproduction/record.js';
import { type EndedSweep, PrivateSweep } from '../reproduction/run-reproduction.js';
import { readBootstrapState } from '../system/bootstrap-state.js';
import { lockDirectory } from '../system/directory-lock.js';
import { workspaceAbove } from '../system/installation.js';
import { chooseServer } from '../system/server-choice.js';
import { readAnswerFile, specOfAnswer } from './answer-file.js';
import { answerDifferences } from './compare-answers.js';

export interface ReproduceAnswerOptions {
  readonly from: string;
  readonly trainers: number;
  readonly children: number | null;
  readonly output: string | null;
  readonly json: boolean;
}

export async function reproduceAnswer(
  context: CliContext,
  options: ReproduceAnswerOptions,
): Promise<ExitCode> {
  const { answer, text } = await readAnswerFile(options.from, context.workingDirectory);
  const spec = specOfAnswer(answer, options.from);
  const root = workspaceAbove(context.workingDirectory) ?? context.workingDirectory;
  const output =
    options.output === null
      ? join(root, 'out', `reproduction-of-${spec.name}`)
      : resolve(context.workingDirectory, options.output);
  const label = `answer ${answer.specDigest.slice(0, 12)}`;
  const lock = lockDirectory(output);
  try {
    // An own server, whatever REDIS_URL says: on another one the runs could be found instead of trained.
    const server = chooseServer({}, readBootstrapState());
    await removeTemporaryFiles(output);
    await checkFreeSpace(output);
    refuseAnotherPart(output, label);
    await fetchDataSet(context);
    const opened = await openRecord(output, label);
    printLine(context.stderr, openingLine(opened, output, server));
    const conclude = (ended: EndedSweep): Promise<ExitCode> =>
      concludeAnswer(context, { ended, output, before: { answer, text }, json: options.json });
    return await new PrivateSweep(context, options, { output, spec, server, opened, conclude }).run();
  } finally {
    lock.release();
  }
}

interface AnswerConclusion {
  readonly ended: EndedSweep;
  readonly output: string;
  readonly before: { readonly answer: Answer; readonly text: string };
  readonly json: boolean;
}

async function concludeAnswer(
  context: CliContext,
  { ended, output, before, json }: AnswerConclusion,
): Promise<ExitCode> {
  const { answer, text } = await ended.client.answer(ended.last.sweepId);
  const path = join(output, 'answer.json');
  await writeFileAtomically(path, text);
  // A sweep with missing runs is not over: the next start tries them again.
  if (ended.last.state !== 'incomplete') await ended.markFinished();
  const equal = canonicalText(before.text) === text;
  const differences = equal ? [] : differencesOf(before.answer, answer);
  if (json) printJson(context.stdout, { equal, differences, state: ended.last.state, answer: path });
  else {
    const runs = answer.stages.reduce((sum, { committed }) => sum + committed, 0);
    const verdict = equal ? 'the same bytes' : 'NOT the same';
    printLine(
      context.stdout,
      `${path}: ${verdict} (${runs} runs trained in ${formatDuration(ended.totalMs / 1_000)})`,
    );
    for (const difference of differences) printLine(context.stdout, `  ${difference}`);
    if (before.answer.numericsClass !== answer.numericsClass) printLine(context.stdout, CLASS_LINE);
  }
  return equal ? EXIT_CODES.ok : EXIT_CODES.failed;
}

const CLASS_LINE =
  'Another kind of processor rounds otherwise: equal bytes can be expected on a machine of the same numerics class only.';

function differencesOf(before: Answer, after: Answer): string[] {
  const differences = answerDifferences(before, after);
  return differences.length > 0
    ? differences
    : ['no run and no decision differs, but what is said about them does'];
}

/** As the coordinator writes it: a file that was made readable is compared by what it says. */
function canonicalText(text: string): string {
  const parsed: unknown = JSON.parse(text);
  return answerSchema.safeParse(parsed).success ? `${canonicalJson(parsed)}\n` : text;
}
