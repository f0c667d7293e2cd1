/** GitHub-flavoured Markdown tables whose cells cannot break out of them. */
export interface MarkdownColumn {
  readonly header: string;
  readonly align: 'left' | 'right';
}

export function markdownTable(
  columns: readonly MarkdownColumn[],
  rows: readonly (readonly string[])[],
): string {
  const lineOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    lineOf(columns.map(({ header }) => escapeMarkdown(header))),
    lineOf(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => lineOf(cells.map(escapeMarkdown))),
  ].join('\n');
}

/** Text as text: no markup, no HTML, no end of the cell. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}
