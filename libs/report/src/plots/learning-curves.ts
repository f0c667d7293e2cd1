/** Loss and accuracy of training and validation against update steps, with the trace of the learning rate below. */
import * as Plot from '@observablehq/plot';
import { formatAccuracy, formatCount, formatScientific } from '../numbers.js';
import type { CurveReportPoint, CyclicalOrConstant } from '../reproduction/model.js';
import {
  type FigureOptions,
  type LegendEntry,
  NARROW_WIDTH,
  type Panel,
  type PlotDocument,
  WIDTH_DEFAULT,
  figureMarkup,
} from './figure.js';
import { FIXED_PALETTE, type Palette } from './palette.js';

export interface LearningCurvesData {
  readonly title: string;
  /** Mean over the seeds; the band spans the lowest and highest seed where there are several. */
  readonly mean: readonly CurveReportPoint[];
  readonly seeds: readonly (readonly CurveReportPoint[])[];
  readonly learningRate: CyclicalOrConstant | null;
  /** A level to compare the validation accuracy with, drawn as a rule. */
  readonly reference?: { readonly label: string; readonly accuracy: number };
}

type Quantity = 'Loss' | 'Accuracy';
type Split = 'train' | 'validation';
type Key = Exclude<keyof CurveReportPoint, 'step'>;

interface BandPoint {
  readonly step: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Frame {
  readonly xEnd: number;
  readonly palette: Palette;
  readonly narrow: boolean;
}

const PANEL_HEIGHT = 200;
const RATE_PANEL_HEIGHT = 92;

/** @returns SVG markup */
export function learningCurves(
  document: PlotDocument,
  data: LearningCurvesData,
  options: FigureOptions,
): string {
  const palette = options.palette ?? FIXED_PALETTE;
  const frame: Frame = {
    xEnd: lastStep(data),
    palette,
    narrow: (options.width ?? WIDTH_DEFAULT) < NARROW_WIDTH,
  };
  const rate = data.learningRate;
  const panels: Panel[] =
    data.mean.length === 0
      ? []
      : [
          quantityPanel(data, 'Loss', frame),
          quantityPanel(data, 'Accuracy', frame, rate === null),
          ...(rate === null ? [] : [ratePanel(rate, frame)]),
        ];
  return figureMarkup(
    document,
    { title: data.title, description: describe(data), legend: legendOf(data, palette), panels },
    options,
  );
}

function lastStep({ mean, learningRate }: LearningCurvesData): number {
  return Math.max(1, mean.at(-1)?.step ?? 0, learningRate?.corners.at(-1)?.step ?? 0);
}

function quantityPanel(
  data: LearningCurvesData,
  quantity: Quantity,
  { xEnd, palette, narrow }: Frame,
  isLast = false,
): Panel {
  const splits = splitsOf(data);
  const bands = splits.map((split) => ({ split, points: bandOf(data, `${split}${quantity}`) }));
  const isAccuracy = quantity === 'Accuracy';
  const marks = [
    ...(isAccuracy && data.reference !== undefined
      ? [
          Plot.ruleY([data.reference.accuracy], {
            stroke: palette.report,
            strokeDasharray: '2 3',
            className: 'report-level',
          }),
        ]
      : []),
    ...bands.map(({ split, points }) =>
      Plot.areaY(points, {
        x: 'step',
        y1: 'low',
        y2: 'high',
        fill: colourOf(split, palette),
        fillOpacity: 0.18,
        className: `${split}-band`,
      }),
    ),
    ...bands.map(({ split, points }) =>
      Plot.lineY(points, {
        x: 'step',
        y: 'value',
        stroke: colourOf(split, palette),
        strokeWidth: 1.75,
        ...(split === 'train' ? { strokeDasharray: '5 3' } : {}),
        className: `${split}-mean`,
      }),
    ),
  ];
  return {
    height: PANEL_HEIGHT + (isLast ? 26 : 0),
    options: {
      ...margins(narrow, isLast),
      x: xAxis(xEnd, { narrow, labelled: isLast }),
      y: {
        label: isAccuracy ? 'accuracy' : 'loss (cross-entropy)',
        grid: true,
        nice: true,
        ticks: 5,
        labelArrow: 'none',
        ...(isAccuracy ? { tickFormat: (value: number) => `${Math.round(value * 1000) / 10} %` } : {}),
      },
      marks,
    },
  };
}

function ratePanel({ corners }: CyclicalOrConstant, { xEnd, palette, narrow }: Frame): Panel {
  const highest = Math.max(...corners.map(({ learningRate }) => learningRate));
  return {
    height: RATE_PANEL_HEIGHT,
    options: {
      ...margins(narrow, true),
      x: xAxis(xEnd, { narrow, labelled: true }),
      y: {
        label: 'learning rate',
        labelArrow: 'none',
        domain: [0, highest],
        ticks: [0, highest],
        tickFormat: (value: number) => formatScientific(value, 2),
        grid: true,
      },
      marks: [
        Plot.lineY(corners, {
          x: 'step',
          y: 'learningRate',
          stroke: palette.muted,
          strokeWidth: 1.5,
          className: 'learning-rate',
        }),
      ],
    },
  };
}

function margins(narrow: boolean, isLast: boolean) {
  return {
    marginLeft: narrow ? 46 : 56,
    marginRight: narrow ? 20 : 18,
    marginTop: 26,
    marginBottom: isLast ? 38 : 12,
  };
}

function xAxis(xEnd: number, { narrow, labelled }: { readonly narrow: boolean; readonly labelled: boolean }) {
  return {
    domain: [0, xEnd],
    label: labelled ? 'update step' : null,
    labelArrow: 'none' as const,
    labelOffset: 33,
    ticks: narrow ? 4 : 8,
    // The panels share one axis; only the lowest is labelled.
    tickFormat: (step: number) => (labelled ? formatCount(step) : ''),
  };
}

function colourOf(split: Split, palette: Palette): string {
  return split === 'train' ? palette.training : palette.validation;
}

function splitsOf({ mean }: LearningCurvesData): Split[] {
  const hasTraining = mean.some(
    ({ trainLoss, trainAccuracy }) => trainLoss !== null || trainAccuracy !== null,
  );
  return hasTraining ? ['train', 'validation'] : ['validation'];
}

/** NaN where a value is not known or not finite: Plot interrupts the line there. */
function bandOf({ mean, seeds }: LearningCurvesData, key: Key): BandPoint[] {
  const bySeed = seeds.map((curve) => new Map(curve.map((point) => [point.step, point[key]])));
  return mean.map((point) => {
    const values = bySeed.map((curve) => curve.get(point.step)).filter((value) => typeof value === 'number');
    const value = point[key] ?? NaN;
    return {
      step: point.step,
      value,
      low: values.length === 0 ? value : Math.min(...values),
      high: values.length === 0 ? value : Math.max(...values),
    };
  });
}

function legendOf(data: LearningCurvesData, palette: Palette): LegendEntry[] {
  if (data.mean.length === 0) return [{ label: 'no curve yet', colour: palette.muted, swatch: 'line' }];
  const hasTraining = splitsOf(data).length === 2;
  return [
    ...(hasTraining ? [{ label: 'training', colour: palette.training, swatch: 'dashed-line' } as const] : []),
    { label: 'validation', colour: palette.validation, swatch: 'line' },
    ...(data.seeds.length > 1
      ? [
          {
            label: `lowest to highest of ${data.seeds.length} seeds`,
            colour: palette.muted,
            swatch: 'band',
          } as const,
        ]
      : []),
    ...(data.reference === undefined
      ? []
      : [{ label: data.reference.label, colour: palette.report, swatch: 'dotted-line' } as const]),
  ];
}

function describe({ mean, seeds, learningRate }: LearningCurvesData): string {
  const last = mean.at(-1);
  if (last === undefined) return 'No curve is committed yet.';
  const parts = [
    `Mean over ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}, ${mean.length} evaluations up to step ${formatCount(last.step)}.`,
    `After the last step: validation accuracy ${formatAccuracy(last.validationAccuracy)}` +
      (last.trainAccuracy === null ? '.' : `, training accuracy ${formatAccuracy(last.trainAccuracy)}.`),
  ];
  if (learningRate?.kind === 'cyclical') {
    parts.push(`The learning rate rises and falls ${(learningRate.corners.length - 1) / 2} times.`);
  }
  return parts.join(' ');
}
