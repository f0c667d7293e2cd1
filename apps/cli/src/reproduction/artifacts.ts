/** The files that a reproduction leaves: report.html, report.json, answer.json and the figures as SVG. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  accuracyOverLambda,
  createPlotDocument,
  formatAccuracy,
  learningCurves,
  renderReproductionHtml,
  REPRODUCTION_STAGES,
  type ReproductionReport,
} from '@seedbed/report';
import { writeFileAtomically } from '../output/atomic-file.js';

const FIGURE_TITLES = {
  fig2: 'Figure 2: one cycle',
  fig3: 'Figure 3: three cycles',
  fig4: 'Figure 4: the final training',
} as const;

const SEARCHES = [REPRODUCTION_STAGES.coarse, REPRODUCTION_STAGES.fine] as const;

export interface ArtifactsInput {
  readonly directory: string;
  readonly report: ReproductionReport;
  readonly answerText: string;
}

/** Each file appears whole or not at all. @returns their paths, report.html first */
export async function writeArtifacts({ directory, report, answerText }: ArtifactsInput): Promise<string[]> {
  const files: Array<readonly [name: string, content: string]> = [
    ['report.html', renderReproductionHtml(report)],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`],
    ['answer.json', answerText],
    ...figureFiles(report),
  ];
  const paths: string[] = [];
  for (const [name, content] of files) {
    const path = join(directory, name);
    await writeFileAtomically(path, content);
    paths.push(path);
  }
  await removeOtherFigures(directory, paths);
  return paths;
}

/** Figures of an earlier reproduction of other parts must not stand beside this report as if they were its own. */
async function removeOtherFigures(directory: string, written: readonly string[]): Promise<void> {
  const possible = [...Object.keys(FIGURE_TITLES), ...SEARCHES].map((id) =>
    join(directory, 'figures', `${id}.svg`),
  );
  const others = possible.filter((path) => !written.includes(path));
  await Promise.all(others.map((path) => rm(path, { force: true })));
}

/** Figures of what was trained; a part that was left out has none. */
function figureFiles(report: ReproductionReport): Array<readonly [string, string]> {
  const document = createPlotDocument();
  const curves = Object.entries(FIGURE_TITLES).flatMap(([id, title]): Array<readonly [string, string]> => {
    const figure = report.figures[id as keyof typeof FIGURE_TITLES];
    if (figure.curve.length === 0) return [];
    const data = {
      title,
      mean: figure.curve,
      seeds: figure.runs.map(({ curve }) => curve).filter((curve) => curve.length > 0),
      learningRate: figure.learningRate,
      reference: { label: `the report, ${formatAccuracy(figure.report)}`, accuracy: figure.report },
    };
    return [[join('figures', `${id}.svg`), `${learningCurves(document, data, { id })}\n`]];
  });
  const searches = report.stages
    .filter((stage) => stage.trials.length > 0)
    .map((stage): readonly [string, string] => {
      const title = `Validation accuracy over λ, ${stage.name} search`;
      const data = { title, trials: stage.trials, reportPoints: stage.reportBestThree };
      return [
        join('figures', `${stage.name}.svg`),
        `${accuracyOverLambda(document, data, { id: stage.name })}\n`,
      ];
    });
  return [...curves, ...searches];
}
