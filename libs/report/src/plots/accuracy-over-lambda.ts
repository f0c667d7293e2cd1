/**
 * Validation accuracy over λ: mean and 95 % interval of every trial, every seed, the best and those not told apart from
 * it, and the report's own points. Where some λ ruin the network, a second panel shows the neighbourhood of the best.
 */
import * as Plot from '@observablehq/plot';
import { formatAccuracy, formatInterval, formatLambda } from '../numbers.js';
import type { ReportPoint } from '../reproduction/report-figures.js';
import { isSameLambda } from '../reproduction/report-figures.js';
import type { TrialReport } from '../reproduction/model.js';
import { STANDING_WORDS, shortfallOf } from '../standing.js';
import {
  type FigureOptions,
  type LegendEntry,
  NARROW_WIDTH,
  type Panel,
  type PlotDocument,
  WIDTH_DEFAULT,
  figureMarkup,
} from './figure.js';
import { type LambdaAxis, lambdaAxis } from './lambda-axis.js';
import { FIXED_PALETTE, type Palette } from './palette.js';

export interface AccuracyOverLambdaData {
  readonly title: string;
  readonly trials: readonly TrialReport[];
  /** The report's points; empty for a sweep of one's own. */
  readonly reportPoints: readonly ReportPoint[];
}

type PlacedTrial = TrialReport & { readonly lambda: number };

interface Frame {
  readonly axis: LambdaAxis;
  readonly palette: Palette;
  readonly narrow: boolean;
  /** Accuracies at the bottom and top of the panel. */
  readonly range: readonly [number, number];
  /** Only the panel that shows the best ones from close by has room for the word. */
  readonly isLast: boolean;
}

const PANEL_HEIGHT = 260;
/** Least distance of two trials: the width of a mark, px. */
const MARK_GAP = 12;
/** A range of means wider than this gets a second panel that shows the best ones. */
const RANGE_ON_ONE_PANEL_MAX = 0.06;
/** The second panel shows the trials that are at most this far below the best. */
const CLOSE_UP = 0.02;

/** @returns SVG markup */
export function accuracyOverLambda(
  document: PlotDocument,
  data: AccuracyOverLambdaData,
  options: FigureOptions,
): string {
  const { width = WIDTH_DEFAULT, palette = FIXED_PALETTE } = options;
  const trials = data.trials.filter((trial): trial is PlacedTrial => trial.lambda !== null);
  const reportPoints = data.reportPoints.map((point) => onTrial(point, trials));
  const lambdas = [...trials, ...reportPoints].map(({ lambda }) => lambda);
  const axis = lambdaAxis(lambdas, MARK_GAP / width);
  const placed = { ...data, trials, reportPoints };
  const ranges = rangesOf(placed);
  const panels = ranges.map((range, index) =>
    panelOf(
      placed,
      { axis, palette, narrow: width < NARROW_WIDTH, range, isLast: index === ranges.length - 1 },
      panelLabel(index, ranges.length),
    ),
  );
  return figureMarkup(
    document,
    { title: data.title, description: describe(trials), legend: legendOf(placed, palette), panels },
    options,
  );
}

interface PlacedData {
  readonly trials: readonly PlacedTrial[];
  readonly reportPoints: readonly ReportPoint[];
}

/** The report's λ as our trial has it, so that both stand at the same place. */
function onTrial(point: ReportPoint, trials: readonly PlacedTrial[]): ReportPoint {
  const trial = trials.find(({ lambda }) => isSameLambda(lambda, point.lambda));
  return trial === undefined ? point : { ...point, lambda: trial.lambda };
}

/** One range with everything, and a second one around the best when the first is too wide to tell them apart. */
function rangesOf({ trials, reportPoints }: PlacedData): (readonly [number, number])[] {
  const means = trials.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  if (means.length === 0) return [];
  const reported = reportPoints.map((point) => point.validationAccuracy);
  const whole = padded([...trials.flatMap(accuraciesOf), ...reported]);
  const highest = Math.max(...means);
  if (highest - Math.min(...means) <= RANGE_ON_ONE_PANEL_MAX) return [whole];
  const near = trials.filter(({ mean }) => mean !== null && mean >= highest - CLOSE_UP);
  const reportedNear = reported.filter((accuracy) => accuracy >= highest - CLOSE_UP);
  return [whole, padded([...near.flatMap(accuraciesOf), ...reportedNear])];
}

function padded(values: readonly number[]): readonly [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const padding = Math.max(0.002, (high - low) * 0.05);
  return [Math.max(0, low - padding), Math.min(1, high + padding)];
}

function accuraciesOf({ mean, interval95, runs }: PlacedTrial): number[] {
  const seeds = runs.flatMap(({ validationAccuracy }) => validationAccuracy ?? []);
  return [...(interval95 ?? []), ...(mean === null ? [] : [mean]), ...seeds];
}

function panelLabel(index: number, count: number): string {
  if (count === 1) return 'validation accuracy';
  return index === 0 ? 'validation accuracy, every λ' : 'the same near the best';
}

function panelOf(data: PlacedData, frame: Frame, label: string): Panel {
  const { axis, narrow, range } = frame;
  return {
    height: PANEL_HEIGHT,
    options: {
      marginLeft: narrow ? 52 : 56,
      marginRight: narrow ? 10 : 18,
      marginTop: 28,
      marginBottom: 44,
      x: { domain: axis.domain, axis: null },
      // Radii in px rather than areas of a scale.
      r: { type: 'identity' },
      y: {
        domain: range,
        label,
        labelArrow: 'none',
        grid: true,
        ticks: 6,
        // One decimal as soon as whole points would repeat themselves.
        tickFormat: (value: number) => `${(value * 100).toFixed(range[1] - range[0] < 0.06 ? 1 : 0)} %`,
      },
      marks: [...axisMarks(frame), ...trialMarks(data, frame), ...reportMarks(data, frame)],
    },
  };
}

function axisMarks({ axis, palette }: Frame): Plot.Markish[] {
  const labelled = axis.ticks.filter(({ isMajor }) => isMajor);
  return [
    Plot.axisX(
      labelled.map(({ x }) => x),
      {
        tickFormat: (x: number) => labelled.find((tick) => tick.x === x)?.label ?? '',
        label: 'λ (logarithmic)',
        labelArrow: 'none',
        labelAnchor: 'right',
        labelOffset: 38,
      },
    ),
    Plot.axisX(
      axis.ticks.filter(({ isMajor }) => !isMajor).map(({ x }) => x),
      { tickFormat: () => '', tickSize: 3, label: null, className: 'minor-tick' },
    ),
    ...(axis.breakAt === null
      ? []
      : [
          Plot.text([axis.breakAt], {
            x: (x: number) => x,
            frameAnchor: 'bottom',
            dy: 5,
            text: () => '//',
            fill: palette.muted,
            className: 'axis-break',
          }),
        ]),
  ];
}

function trialMarks({ trials }: PlacedData, { axis, palette, range, isLast }: Frame): Plot.Markish[] {
  const x = ({ lambda }: PlacedTrial) => axis.positionOf(lambda);
  const colour = ({ standing }: PlacedTrial) => (standing === 'told-apart' ? palette.muted : palette.ours);
  const inRange = (accuracy: number) => accuracy >= range[0] && accuracy <= range[1];
  // Plot could clip, but by numbering its clip paths across calls: the same data would not give the same bytes.
  const withInterval = trials.filter(
    ({ interval95 }) => interval95 !== null && interval95[0] <= range[1] && interval95[1] >= range[0],
  );
  const withMean = trials.filter(({ mean }) => mean !== null && inRange(mean));
  const seeds = trials.flatMap((trial) =>
    trial.runs.flatMap(({ seed, validationAccuracy }) =>
      validationAccuracy !== null && inRange(validationAccuracy) ? [{ trial, seed, validationAccuracy }] : [],
    ),
  );
  return [
    Plot.ruleX(withInterval, {
      x,
      y1: ({ interval95 }: PlacedTrial) => Math.max(interval95?.[0] ?? range[0], range[0]),
      y2: ({ interval95 }: PlacedTrial) => Math.min(interval95?.[1] ?? range[1], range[1]),
      stroke: colour,
      strokeWidth: 7,
      strokeOpacity: 0.25,
      className: 'interval',
    }),
    Plot.dot(seeds, {
      x: ({ trial }: { trial: PlacedTrial }) => x(trial),
      y: 'validationAccuracy',
      r: 2,
      stroke: 'none',
      fill: ({ trial }: { trial: PlacedTrial }) => colour(trial),
      className: 'seed',
    }),
    Plot.dot(withMean, {
      x,
      y: 'mean',
      r: ({ standing }: PlacedTrial) => (standing === 'best' ? 5 : 4),
      fill: (trial: PlacedTrial) => (trial.standing === 'best' ? colour(trial) : palette.background),
      stroke: colour,
      strokeWidth: 1.75,
      title: titleOf,
      className: 'mean',
    }),
    Plot.text(
      withMean.filter(({ standing }) => isLast && standing === 'best'),
      {
        x,
        y: 'mean',
        text: () => 'best',
        dx: 8,
        dy: -6,
        textAnchor: 'start',
        fontWeight: 600,
        fill: palette.ours,
        stroke: palette.background,
        strokeWidth: 3,
        className: 'best-label',
      },
    ),
    Plot.dot(
      trials.filter(({ diverged }) => diverged > 0),
      {
        x,
        y: range[0],
        dy: -8,
        symbol: 'times',
        stroke: palette.ink,
        strokeWidth: 2,
        title: titleOf,
        className: 'diverged',
      },
    ),
  ];
}

function reportMarks({ reportPoints }: PlacedData, { axis, palette, range }: Frame): Plot.Markish[] {
  const inRange = reportPoints.filter(
    ({ validationAccuracy }) => validationAccuracy >= range[0] && validationAccuracy <= range[1],
  );
  return [
    Plot.dot(inRange, {
      x: ({ lambda }: ReportPoint) => axis.positionOf(lambda),
      y: 'validationAccuracy',
      r: 5,
      symbol: 'diamond',
      stroke: palette.report,
      strokeWidth: 2,
      fill: 'none',
      title: ({ lambda, validationAccuracy }: ReportPoint) =>
        `the report, λ ${formatLambda(lambda)}: ${formatAccuracy(validationAccuracy)}`,
      className: 'report',
    }),
  ];
}

function titleOf(trial: PlacedTrial): string {
  const lacking = shortfallOf(trial);
  return [
    `λ ${formatLambda(trial.lambda)}: ${formatAccuracy(trial.mean)}, n ${trial.n} of ${trial.planned}`,
    ...(trial.interval95 === null ? [] : [`95 % interval ${formatInterval(trial.interval95)}`]),
    ...(lacking === '' ? [] : [lacking]),
    STANDING_WORDS[trial.standing],
  ].join('; ');
}

function legendOf({ trials, reportPoints }: PlacedData, palette: Palette): LegendEntry[] {
  if (trials.every(({ mean }) => mean === null)) {
    return [{ label: 'no accuracy yet', colour: palette.muted, swatch: 'ring' }];
  }
  const has = (standing: TrialReport['standing']) => trials.some((trial) => trial.standing === standing);
  const entry = (label: string, colour: string, swatch: LegendEntry['swatch'], isShown: boolean) =>
    isShown ? [{ label, colour, swatch }] : [];
  return [
    ...entry('best: mean, 95 % interval', palette.ours, 'dot', has('best')),
    ...entry(
      'not told apart from the best',
      palette.ours,
      'ring',
      has('not-told-apart') || has('equivalent'),
    ),
    ...entry('told apart', palette.muted, 'ring', has('told-apart')),
    ...entry('not compared yet', palette.ours, 'ring', has('not-compared')),
    ...entry('one seed', palette.muted, 'small-dot', true),
    ...entry('the report', palette.report, 'diamond', reportPoints.length > 0),
    ...entry(
      'diverged',
      palette.ink,
      'cross',
      trials.some(({ diverged }) => diverged > 0),
    ),
  ];
}

function describe(trials: readonly PlacedTrial[]): string {
  if (trials.every(({ mean }) => mean === null)) return 'No run is committed yet.';
  return trials
    .toSorted((a, b) => a.lambda - b.lambda)
    .map(titleOf)
    .join('. ');
}
