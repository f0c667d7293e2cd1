import type { PlanResponse, SweepSpec } from '@seedbed/contracts';
import { answerSettingsOf } from '@seedbed/search';

/** What the numbers of a plan leave open: stages that are raced or pruned train that much at most. */
export function planNotes(spec: SweepSpec, { stages }: Pick<PlanResponse, 'stages'>): string[] {
  return stages.flatMap(({ stage }) => {
    const { racing, delta } = answerSettingsOf(spec, stage);
    if (racing == null) return [];
    const looks = `${stage} is raced, with looks at ${racing.looks.join(', ')} seeds: its runs are the most there can be.`;
    if (delta !== null) return [looks];
    return [`${looks} Without answer.delta, trials that are tied run to the last look.`];
  });
}
