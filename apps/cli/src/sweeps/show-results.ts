/** The results of a sweep on a terminal or as JSON. */
import {
  type ClassCount,
  InputError,
  isFinished,
  type StageSummary,
  type SweepState,
} from '@seedbed/contracts';
import { evaluationCost, renderTrialsTable, testLooksLine } from '@seedbed/report';
import { type CliContext, printJson, printLine, usesColors } from '../cli-context.js';
import { openClient } from '../client/open-client.js';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';

export async function showResults(
  context: CliContext,
  sweepId: string,
  options: { readonly stage: string | null; readonly json: boolean },
): Promise<ExitCode> {
  const results = await openClient(context).results(sweepId);
  const stages = chosenStages(results.stages, options.stage);
  const times = results.times.filter(({ stage }) => stages.some((chosen) => chosen.stage === stage));
  if (options.json) {
    printJson(context.stdout, { ...results, stages, times });
    return exitCodeOf(results.state);
  }
  const width = context.stdout.columns;
  const color = usesColors(context.stdout, context.environment);
  printLine(context.stdout, `${results.sweepId}: ${results.state}`);
  if (results.mixed !== undefined) printLine(context.stdout, mixedLine(results.mixed));
  for (const stage of stages) {
    printLine(context.stdout);
    printLine(context.stdout, renderTrialsTable(stage, { ...(width === undefined ? {} : { width }), color }));
    const time = times.find((each) => each.stage === stage.stage);
    const cost = time === undefined ? null : evaluationCost(time);
    if (cost !== null) printLine(context.stdout, cost);
  }
  const looks = results.testLooks === null ? null : testLooksLine(results.testLooks);
  if (looks !== null) printLine(context.stdout, `\n${looks}`);
  return exitCodeOf(results.state);
}

function mixedLine(classes: readonly ClassCount[]): string {
  const counts = classes.map(({ numericsClass, runs }) => `${numericsClass} (${runs} runs)`).join(', ');
  return `mixed: trained on ${counts === '' ? 'nothing yet' : counts}; the same run may differ in its last bits between these`;
}

/** A sweep that ended without all of its results is "finished with something missing", also for a script that reads them. */
function exitCodeOf(state: SweepState): ExitCode {
  return isFinished(state) && state !== 'completed' ? EXIT_CODES.failed : EXIT_CODES.ok;
}

function chosenStages(stages: readonly StageSummary[], name: string | null): StageSummary[] {
  const chosen = stages.filter((stage) => name === null || stage.stage === name);
  if (name === null || chosen.length > 0) return chosen;
  const known = stages.map((stage) => stage.stage).join(', ') || 'none';
  throw new InputError([
    { path: '--stage', message: `"${name}" is no stage with a plan yet; there are: ${known}` },
  ]);
}
