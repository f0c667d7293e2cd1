/** Claims of an answer.json: what its sweep file says must be trained, beside what it says came out. */
import { type Answer, InputError, runIdOf, settingsOfRun } from '@seedbed/contracts';
import { CIFAR10_DIGEST } from '@seedbed/data';
import { settingsOfTrial } from '@seedbed/search';
import { specOfAnswer } from './answer-file.js';
import { type Choice, chooseRuns, type Claim, type ClaimedRun } from './claim.js';

/** @throws InputError when the answer does not hold its sweep file, or names runs that do not follow from it */
export function claimsOfAnswer(answer: Answer, fileName: string, choice: Choice): Claim[] {
  const spec = specOfAnswer(answer, fileName);
  const claimed = answer.stages.flatMap(({ stage, trials }) =>
    trials.flatMap(({ index: trialIndex, runs }) =>
      runs.flatMap(({ seed, runId, digest }): ClaimedRun[] =>
        digest === null
          ? []
          : [{ stage, trialIndex, seed, runId, digest, numericsClass: answer.numericsClass }],
      ),
    ),
  );
  const parametersOf = new Map(
    answer.stages.flatMap(({ stage, trials }) =>
      trials.map(({ index, parameters }) => [`${stage}/${index}`, parameters] as const),
    ),
  );
  return chooseRuns(claimed, choice).map((run) => {
    const parameters = parametersOf.get(`${run.stage}/${run.trialIndex}`) ?? {};
    const trial = settingsOfTrial(spec, { stage: run.stage, parameters }, CIFAR10_DIGEST);
    const settings = settingsOfRun(trial, run.seed);
    if (runIdOf(settings) === run.runId) return { ...run, settings };
    const message = `run ${run.runId} of stage ${run.stage} does not follow from the answer's own sweep file and parameters`;
    throw new InputError([{ path: fileName, message }]);
  });
}
