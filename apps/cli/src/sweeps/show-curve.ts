/** The evaluations of one run as a table or as JSON. */
import { accuracyRatio, type Evaluation, type LearningRateSchedule, type RunCurve } from '@seedbed/contracts';
import { formatScientific, learningRateTrace } from '@seedbed/report';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { formatParameters, formatPercent } from '../output/format.js';
import { textTable } from '../output/text-table.js';

const LEARNING_RATE_DIGITS = 3;
const LOSS_DECIMALS = 4;

export function showCurve(context: CliContext, curve: RunCurve, json: boolean): ExitCode {
  if (json) {
    printJson(context.stdout, curve);
    return EXIT_CODES.ok;
  }
  const source = curve.source === 'commit' ? '' : ' (as far as it is known; the record comes with its end)';
  printLine(
    context.stdout,
    `${curve.stage}, trial ${curve.trialIndex} (${formatParameters(curve.parameters)}), seed ${curve.seed}: ${curve.state}${source}`,
  );
  printLine(context.stdout, curve.points.length === 0 ? 'not evaluated yet' : tableOf(curve));
  return EXIT_CODES.ok;
}

function tableOf({ points, schedule }: RunCurve): string {
  const right = { align: 'right' } as const;
  return textTable(
    [
      { title: 'STEP', ...right },
      { title: 'LEARNING RATE', ...right },
      { title: 'VALIDATION', ...right },
      { title: 'LOSS', ...right },
      { title: 'TRAINING', ...right },
      { title: 'LOSS', ...right },
    ],
    points.map(({ step, validation, train }) => [
      String(step),
      schedule === null ? '–' : formatScientific(learningRateOf(schedule, step), LEARNING_RATE_DIGITS),
      ...accuracyAndLoss(validation),
      ...accuracyAndLoss(train),
    ]),
  );
}

function accuracyAndLoss(evaluation: Evaluation | undefined): [string, string] {
  if (evaluation === undefined) return ['–', '–'];
  const loss = evaluation.loss === null ? 'not finite' : evaluation.loss.toFixed(LOSS_DECIMALS);
  return [formatPercent(accuracyRatio(evaluation.accuracy)), loss];
}

/** On the broken line between its corners. */
function learningRateOf(schedule: LearningRateSchedule, step: number): number {
  const { corners } = learningRateTrace(schedule);
  const next = corners.findIndex((corner) => corner.step >= step);
  const to = corners[next];
  const from = corners[next - 1] ?? to;
  if (to === undefined || from === undefined) return corners.at(-1)?.learningRate ?? NaN;
  const share = to.step === from.step ? 0 : (step - from.step) / (to.step - from.step);
  return from.learningRate + share * (to.learningRate - from.learningRate);
}
