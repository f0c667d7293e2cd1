/** Tables of the page: they scroll sideways when too wide, or are stacked on a narrow screen. */
import type { Markup } from './markup.js';
import { html } from './markup.js';

export interface TableColumn {
  readonly header: string;
  /** @default 'text' */
  readonly kind?: 'text' | 'number';
}

export interface TableRow {
  readonly cells: readonly (string | Markup)[];
  /** A class of our stylesheet; a row with fewer cells than columns lets its first one span them all. */
  readonly emphasis?: string;
}

export interface TableOptions {
  readonly caption?: string;
  /** On narrow screens every row becomes a card. @default false: it scrolls sideways */
  readonly stacks?: boolean;
}

export function table(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  { caption, stacks = false }: TableOptions = {},
): Markup {
  const kindOf = (index: number) => columns[index]?.kind ?? 'text';
  const head = columns.map(
    ({ header, kind = 'text' }) => html`<th scope="col" class="${kind}">${header}</th>`,
  );
  const body = rows.map(
    ({ cells, emphasis = '' }) =>
      html`<tr class="${emphasis}">
        ${cells.map((cell, index) =>
          index === 0
            ? html`<th
                scope="${cells.length === 1 ? 'rowgroup' : 'row'}"
                class="${kindOf(index)}"
                colspan="${cells.length === 1 ? columns.length : 1}"
              >
                ${cell}
              </th>`
            : html`<td class="${kindOf(index)}" data-label="${columns[index]?.header ?? ''}">${cell}</td>`,
        )}
      </tr> `,
  );
  const title =
    caption === undefined
      ? html``
      : html`<caption>
          ${caption}
        </caption>`;
  // Focusable, so that a keyboard can scroll it.
  return html`<div
    class="${stacks ? 'table stacks' : 'table'}"
    tabindex="0"
    role="region"
    aria-label="${caption ?? 'table'}"
  >
    <table>
      ${title}
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
