/** Colour for terminals that show it; the text says the same without. */
export type Paint = (text: string) => string;

const sgr =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;

export const PAINTS = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
} as const satisfies Record<string, Paint>;

export const plain: Paint = (text) => text;
