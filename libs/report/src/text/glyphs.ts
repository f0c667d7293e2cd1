/** The few characters beyond ASCII that we print, and what stands for them where a terminal cannot show them. */
import type { Standing } from '../standing.js';

const ASCII_OF: Readonly<Record<string, string>> = {
  λ: 'lambda',
  '±': '+/-',
  '–': '-',
  '●': '*',
  '◉': '@',
  '○': 'o',
  δ: 'delta',
  '≤': '<=',
  '·': '.',
  '?': '?',
  '├': '|',
  '┤': '|',
  '─': '-',
  '│': '|',
  '┼': '+',
  '┴': '+',
  '└': '+',
  '◂': '<',
  '×': 'x',
  '’': "'",
  '\u00a0': ' ',
};

/** Replaces every character that is not ASCII; one that has no stand-in becomes `?`. */
export function toAscii(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (character) => ASCII_OF[character] ?? '?');
}

export const STANDING_MARKS: Readonly<Record<Standing, string>> = {
  best: '●',
  equivalent: '◉',
  'not-told-apart': '○',
  'told-apart': '·',
  'not-compared': '?',
};

/**
 * Control characters out of a text that came from outside (a reason, a name): an escape sequence in it would drive the
 * reader's terminal.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
