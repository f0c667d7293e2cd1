/** The reproduction as one HTML file: the answer first, then every part, then where it all comes from. */
import { formatDuration } from '../numbers.js';
import { createPlotDocument } from '../plots/plot-document.js';
import { comparisonRows } from '../reproduction/comparison.js';
import type { ReproductionReport } from '../reproduction/model.js';
import { answerSection } from './answer-section.js';
import { figureSection } from './figure-sections.js';
import { finalSection } from './final-section.js';
import { gradientSection } from './gradient-section.js';
import { html } from './markup.js';
import { page } from './page.js';
import { provenanceSection, readingSection } from './provenance-section.js';
import { stageSection } from './stage-section.js';

export interface ReproductionHtmlOptions {
  /** @default 'The two-layer network report, reproduced' */
  readonly title?: string;
}

const LINKS = [
  ['answer', 'Answer'],
  ['gradient-check', 'Gradient check'],
  ['fig2', 'Figure 2'],
  ['fig3', 'Figure 3'],
  ['coarse', 'Coarse search'],
  ['fine', 'Fine search'],
  ['fig4', 'Figure 4'],
  ['final', 'Final and test'],
  ['provenance', 'Provenance'],
  ['reading', 'How to read this'],
] as const;

export function renderReproductionHtml(
  report: ReproductionReport,
  { title = 'The two-layer network report, reproduced' }: ReproductionHtmlOptions = {},
): string {
  const document = createPlotDocument();
  const runs = report.timings.stages.reduce((sum, stage) => sum + stage.runs, 0);
  const took = report.timings.totalMs === null ? '' : ` in ${formatDuration(report.timings.totalMs)}`;
  return page({
    title,
    body: html`<header>
        <h1>${title}</h1>
        <p class="lead">${runs} runs${took} on ${report.machine.cpu}. Source: ${report.source}.</p>
        ${report.complete ? html`` : completeness(report.missingRuns)}
        <nav aria-label="Sections">${LINKS.map(([id, label]) => html`<a href="#${id}">${label}</a>`)}</nav>
      </header>
      <main>
        ${answerSection(report, comparisonRows(report))} ${gradientSection(report.gradientCheck)}
        ${figureSection(document, report, 'fig2')} ${figureSection(document, report, 'fig3')}
        ${report.stages.map((stage) => stageSection(document, stage))}
        ${figureSection(document, report, 'fig4')} ${finalSection(report)} ${provenanceSection(report)}
        ${readingSection()}
      </main>
      <footer>Made by Seedbed. Everything on this page is also in <code>report.json</code>.</footer>`,
  });
}

/** A part that was asked for alone is finished, not broken. */
function completeness(missingRuns: number): ReturnType<typeof html> {
  return missingRuns === 0
    ? html`<p class="verdict">
        <strong>A part of the reproduction:</strong> what was not asked for is left open below.
      </p>`
    : html`<p class="verdict">
        <strong>Not complete:</strong> ${missingRuns} ${missingRuns === 1 ? 'run is' : 'runs are'} missing,
        and what depends on them is left open below.
      </p>`;
}
