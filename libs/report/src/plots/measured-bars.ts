/** Medians of measurements as horizontal bars from 0, with their quartiles, and a limit that none can pass. */
import * as Plot from '@observablehq/plot';
import {
  type FigureOptions,
  figureMarkup,
  FONT_SIZE,
  type LegendEntry,
  type Panel,
  type PlotDocument,
  WIDTH_DEFAULT,
} from './figure.js';
import { FIXED_PALETTE, type Palette } from './palette.js';

export interface MeasuredBar {
  readonly label: string;
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  /** Drawn in the colour of our own results. */
  readonly isOurs: boolean;
}

export interface MeasuredBarsData {
  readonly title: string;
  /** What the axis shows, with its unit. */
  readonly axis: string;
  /** From the top. */
  readonly bars: readonly MeasuredBar[];
  readonly limit?: { readonly label: string; readonly value: number };
}

const BAR_HEIGHT = 30;
const AXES_HEIGHT = 56;

/** @returns SVG markup */
export function measuredBars(document: PlotDocument, data: MeasuredBarsData, options: FigureOptions): string {
  const palette = options.palette ?? FIXED_PALETTE;
  return figureMarkup(
    document,
    {
      title: data.title,
      description: describe(data),
      legend: legendOf(data, palette),
      panels: data.bars.length === 0 ? [] : [barsPanel(data, palette, options.width ?? WIDTH_DEFAULT)],
    },
    options,
  );
}

function barsPanel({ axis, bars, limit }: MeasuredBarsData, palette: Palette, width: number): Panel {
  const labels = bars.map(({ label }) => label);
  return {
    height: bars.length * BAR_HEIGHT + AXES_HEIGHT,
    options: {
      // No font metrics without a browser: 0.55 em is a little more than system fonts' mean advance.
      marginLeft: Math.min(0.55 * width, Math.max(...labels.map(({ length }) => length)) * 0.55 * FONT_SIZE),
      marginRight: 48,
      marginBottom: 40,
      x: { label: axis, grid: true, zero: true, nice: true },
      y: { domain: labels, label: null, padding: 0.3, tickSize: 0 },
      marks: [
        Plot.barX(bars, {
          y: 'label',
          x: 'median',
          fill: (bar: MeasuredBar) => (bar.isOurs ? palette.ours : palette.muted),
        }),
        Plot.ruleY(bars, {
          y: 'label',
          x1: 'lowerQuartile',
          x2: 'upperQuartile',
          stroke: palette.ink,
          strokeWidth: 2,
        }),
        Plot.text(bars, {
          y: 'label',
          x: (bar: MeasuredBar) => Math.max(bar.median, bar.upperQuartile),
          text: (bar: MeasuredBar) => bar.median.toPrecision(3),
          dx: 6,
          textAnchor: 'start',
        }),
        ...(limit === undefined
          ? []
          : [Plot.ruleX([limit.value], { stroke: palette.report, strokeWidth: 2, strokeDasharray: '5 3' })]),
      ],
    },
  };
}

function legendOf({ limit }: MeasuredBarsData, palette: Palette): LegendEntry[] {
  if (limit === undefined) return [];
  return [
    { label: `${limit.label}: ${limit.value.toPrecision(3)}`, colour: palette.report, swatch: 'dashed-line' },
  ];
}

function describe({ axis, bars, limit }: MeasuredBarsData): string {
  const lines = bars.map(({ label, median }) => `${label}: ${median.toPrecision(3)}`);
  const end = limit === undefined ? '' : ` ${limit.label}: ${limit.value.toPrecision(3)}.`;
  return `${axis}. ${lines.join('; ')}.${end}`;
}
