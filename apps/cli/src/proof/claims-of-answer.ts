/** Claims of an answer.json: what its sweep file says must be trained, planned anew, beside what it says came out. */
import {
  type Answer,
  InputError,
  type ParameterValues,
  type RunSettings,
  settingsOfRun,
} from '@seedbed/contracts';
import { CIFAR10_DIGEST } from '@seedbed/data';
import { isWaiting, planStage } from '@seedbed/search';
import { type Choice, chooseRuns, type Claim, type ClaimedRun } from './claim.js';
import { specOfAnswer } from './answer-file.js';

/** @throws InputError when the answer does not hold its sweep file, or names runs that do not follow from it */
export function claimsOfAnswer(answer: Answer, fileName: string, choice: Choice): Claim[] {
  const claimed = answer.stages.flatMap(({ stage, trials }) =>
    trials.flatMap(({ index: trialIndex, runs }) =>
      runs.flatMap(({ seed, runId, digest }): ClaimedRun[] =>
        digest === null
          ? []
          : [{ stage, trialIndex, seed, runId, digest, numericsClass: answer.numericsClass }],
      ),
    ),
  );
  const settingsOf = settingsByRun(answer, fileName);
  return chooseRuns(claimed, choice).map((run) => {
    const settings = settingsOf.get(run.runId);
    if (settings !== undefined) return { ...run, settings };
    const message = `run ${run.runId} of stage ${run.stage} does not follow from the answer's own sweep file and decisions`;
    throw new InputError([{ path: fileName, message }]);
  });
}

function settingsByRun(answer: Answer, fileName: string): Map<string, RunSettings> {
  const spec = specOfAnswer(answer, fileName);
  const earlierBest = new Map(
    answer.decisions.flatMap(({ stage, outcome }): [string, ParameterValues][] =>
      outcome.kind === 'best' ? [[stage, outcome.parameters]] : [],
    ),
  );
  const settings = new Map<string, RunSettings>();
  for (const { stage } of answer.stages) {
    const planned = planStage(spec, stage, { datasetDigest: CIFAR10_DIGEST, earlierBest });
    if (isWaiting(planned)) continue;
    for (const trial of planned.trials) {
      for (const { runId, seed } of trial.runs) settings.set(runId, settingsOfRun(trial.settings, seed));
    }
  }
  return settings;
}
