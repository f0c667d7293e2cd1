import { type ChoiceRule, type Goal, type TrialSummary } from '@seedbed/contracts';
import { type RankedTrial, signOf } from './ranking.js';

/**
 * The trial that a stage chooses, of a ranking with the best mean first. The one-standard-error rule takes the largest λ whose mean
 * is within one standard error (of the highest mean) of the highest: as good as can be told, and the simplest (Breiman et
 * al., "Classification and Regression Trees", 1984). Of several with that λ, the highest mean. With one seed there is no
 * standard error, and the highest mean is chosen.
 */
export function chooseTrial(
  ranked: readonly RankedTrial[],
  rule: ChoiceRule,
  goal: Goal = 'maximise',
): RankedTrial | null {
  const [best] = ranked;
  if (best === undefined || rule === 'highest-mean' || best.standardError === null) return best ?? null;
  const sign = signOf(goal);
  const lowest = sign * best.mean - best.standardError;
  return strongestOf(ranked.filter(({ mean }) => sign * mean >= lowest));
}

type WithParameters = Pick<TrialSummary, 'parameters'>;

/** The one with the largest λ, the first of several with that. @throws TypeError for an empty list */
export function strongestOf<Trial extends WithParameters>(trials: readonly Trial[]): Trial {
  return trials.reduce((strongest, trial) => (lambdaOf(trial) > lambdaOf(strongest) ? trial : strongest));
}

/** A trial without λ is the weakest; a sweep file with this rule searches λ. */
function lambdaOf({ parameters }: WithParameters): number {
  return parameters['lambda'] ?? -Infinity;
}
