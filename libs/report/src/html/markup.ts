/** Markup that escapes whatever is put into it, so that text from a sweep file or a trainer stays text. */
import { escapeMarkup } from '../escape.js';

/** Text that is markup already. */
export class Markup {
  constructor(readonly text: string) {}
}

type Insertable = string | number | Markup | readonly Markup[];

/** Template tag: strings and numbers are escaped, `Markup` is not. */
export function html(parts: TemplateStringsArray, ...values: readonly Insertable[]): Markup {
  const text = parts.map(
    (part, index) => part + (index < values.length ? insert(values[index] as Insertable) : ''),
  );
  return new Markup(text.join(''));
}

/** For markup of our own making, such as a plot. */
export function trustedMarkup(text: string): Markup {
  return new Markup(text);
}

function insert(value: Insertable): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeMarkup(String(value));
  return value.map(({ text }) => text).join('');
}
