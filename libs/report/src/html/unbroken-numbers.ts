/** Running text whose numbers stay on one line: `2.481e-3` and `51.69 %` are one word each to a reader. */
import type { Markup } from './markup.js';
import { html } from './markup.js';

const NUMBER = /(\d[\d.,]*e-?\d+|\d[\d.,–]* %)/;

export function unbrokenNumbers(text: string): Markup {
  // Splitting at a captured pattern alternates text and numbers.
  const pieces = text
    .split(NUMBER)
    .map((piece, index) => (index % 2 === 0 ? html`${piece}` : html`<span class="number">${piece}</span>`));
  return html`${pieces}`;
}
