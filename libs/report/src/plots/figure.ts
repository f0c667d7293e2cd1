/**
 * Puts panels drawn by Observable Plot below each other into one SVG with a title and a description, as markup: the
 * same for a browser's document and for a document without a browser.
 */
import * as Plot from '@observablehq/plot';
import { escapeMarkup } from '../escape.js';
import { FIXED_PALETTE, type Palette } from './palette.js';

/** As much of a DOM document as Plot needs from us; a browser's and linkedom's both are one. */
export interface PlotDocument {
  createElementNS(namespace: string, name: string): unknown;
}

export interface FigureOptions {
  /** Unique on the page; the title and description are found by it. */
  readonly id: string;
  /** px. @default 700 */
  readonly width?: number;
  /** @default FIXED_PALETTE, with a background */
  readonly palette?: Palette;
}

/** Narrower than this (px), labels are fewer and margins smaller. */
export const NARROW_WIDTH = 480;
export const WIDTH_DEFAULT = 700;
export const FONT_SIZE = 12;

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly swatch:
    'line' | 'dashed-line' | 'dotted-line' | 'dot' | 'ring' | 'small-dot' | 'diamond' | 'cross' | 'band';
}

export interface Panel {
  readonly options: Plot.PlotOptions;
  readonly height: number;
}

export interface Figure {
  readonly title: string;
  readonly description: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly Panel[];
}

const LEGEND_LINE_HEIGHT = 20;
const PANEL_GAP = 6;

/** A complete `<svg>` with `xmlns`: fit for a file as it is, or for a page. */
export function figureMarkup(document: PlotDocument, figure: Figure, options: FigureOptions): string {
  const { id, width = WIDTH_DEFAULT, palette = FIXED_PALETTE } = options;
  const legend = legendMarkup(figure.legend, width);
  let top = legend.height;
  const panels = figure.panels.map((panel) => {
    const markup = panelMarkup(document, panel, { top, width });
    top += panel.height + PANEL_GAP;
    return markup;
  });
  const height = top - (panels.length > 0 ? PANEL_GAP : 0);
  const attributes = [
    'xmlns="http://www.w3.org/2000/svg"',
    `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    `role="img" aria-labelledby="${escapeMarkup(id)}-title ${escapeMarkup(id)}-description"`,
    `font-family="system-ui, sans-serif" font-size="${FONT_SIZE}"`,
    `color="${palette.ink}" fill="currentColor" style="max-width: 100%; height: auto"`,
  ];
  return [
    `<svg ${attributes.join(' ')}>`,
    `<title id="${escapeMarkup(id)}-title">${escapeMarkup(figure.title)}</title>`,
    `<desc id="${escapeMarkup(id)}-description">${escapeMarkup(figure.description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${palette.background}"/>`,
    legend.markup,
    ...panels,
    '</svg>',
  ].join('');
}

function panelMarkup(
  document: PlotDocument,
  { options, height }: Panel,
  { top, width }: { readonly top: number; readonly width: number },
): string {
  const drawn = Plot.plot({
    ...options,
    // Plot asks for a DOM Document and uses it only to create elements.
    document: document as never,
    className: 'seedbed-panel',
    style: { fontSize: `${FONT_SIZE}px` },
    width,
    height,
  }) as unknown as { readonly outerHTML: string };
  // Each panel brings a style element for pages of bare plots; ours are styled from outside and nest in one SVG.
  const markup = drawn.outerHTML.replace(/<style>[\s\S]*?<\/style>/, '');
  return markup.replace('<svg ', `<svg y="${top}" `);
}

function legendMarkup(entries: readonly LegendEntry[], width: number): { markup: string; height: number } {
  const swatchWidth = 26;
  const gap = 18;
  let x = 4;
  let line = 0;
  const items = entries.map(({ label, colour, swatch }) => {
    // No font metrics without a browser: 0.55 em is a little more than system fonts' mean advance.
    const itemWidth = swatchWidth + label.length * FONT_SIZE * 0.55;
    if (x > 4 && x + itemWidth > width) {
      x = 4;
      line += 1;
    }
    const y = line * LEGEND_LINE_HEIGHT + 12;
    const item = `<g transform="translate(${round(x)},${y})">${swatchMarkup(swatch, colour)}<text x="${swatchWidth}" dy="0.32em">${escapeMarkup(label)}</text></g>`;
    x += itemWidth + gap;
    return item;
  });
  if (items.length === 0) return { markup: '', height: 0 };
  return { markup: `<g class="legend">${items.join('')}</g>`, height: (line + 1) * LEGEND_LINE_HEIGHT + 6 };
}

function swatchMarkup(swatch: LegendEntry['swatch'], colour: string): string {
  switch (swatch) {
    case 'line':
      return `<path d="M0,0H20" stroke="${colour}" stroke-width="2"/>`;
    case 'dashed-line':
      return `<path d="M0,0H20" stroke="${colour}" stroke-width="2" stroke-dasharray="5 3"/>`;
    case 'dotted-line':
      return `<path d="M0,0H20" stroke="${colour}" stroke-width="1.5" stroke-dasharray="2 3"/>`;
    case 'band':
      return `<rect y="-5" width="20" height="10" fill="${colour}" fill-opacity="0.18"/>`;
    case 'dot':
      return `<path d="M10,-8V8" stroke="${colour}" stroke-width="7" stroke-opacity="0.25"/><circle cx="10" r="4.5" fill="${colour}"/>`;
    case 'ring':
      return `<path d="M10,-8V8" stroke="${colour}" stroke-width="7" stroke-opacity="0.25"/><circle cx="10" r="4" fill="var(--plot-background, #fff)" stroke="${colour}" stroke-width="1.75"/>`;
    case 'small-dot':
      return `<circle cx="10" r="2" fill="${colour}" />`;
    case 'diamond':
      return `<path d="M10,-6L15,0L10,6L5,0Z" fill="none" stroke="${colour}" stroke-width="2"/>`;
    case 'cross':
      return `<path d="M6,-4L14,4M6,4L14,-4" stroke="${colour}" stroke-width="2"/>`;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
