import type { StageSummary } from '@seedbed/contracts';
import { STANDING_WORDS, standingOf } from '../standing.js';
import { markdownTable } from './markdown-table.js';
import { parameterNames } from '../trial-label.js';
import { columnsShown, inParameterOrder, trialCells, trialHeaders } from './trials-table.js';

/** The trials of a stage as a Markdown table, the standing in words. */
export function renderTrialsMarkdown(stage: StageSummary): string {
  const names = parameterNames(stage);
  const shown = columnsShown(stage, names);
  return markdownTable(
    [
      ...trialHeaders(shown).map((header) => ({ header, align: 'right' as const })),
      { header: 'against the best', align: 'left' },
    ],
    inParameterOrder(stage, names).map((trial) => [
      ...trialCells(trial, shown),
      STANDING_WORDS[standingOf(stage, trial.index)],
    ]),
  );
}
