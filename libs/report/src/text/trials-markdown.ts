import type { StageSummary } from '@seedbed/contracts';
import { STANDING_WORDS, standingOf } from '../standing.js';
import { markdownTable } from './markdown-table.js';
import { hasShortfall, inParameterOrder, parameterNames, trialCells, trialHeaders } from './trials-table.js';

/** The trials of a stage as a Markdown table, the standing in words. */
export function renderTrialsMarkdown(stage: StageSummary): string {
  const names = parameterNames(stage);
  const lacking = hasShortfall(stage);
  return markdownTable(
    [
      ...trialHeaders(names, lacking).map((header) => ({ header, align: 'right' as const })),
      { header: 'against the best', align: 'left' },
    ],
    inParameterOrder(stage, names).map((trial) => [
      ...trialCells(trial, names, lacking),
      STANDING_WORDS[standingOf(stage, trial.index)],
    ]),
  );
}
