import { TerminalError } from '@seedbed/contracts';
import { z } from 'zod';

/** Parses what was stored. @throws TerminalError, naming `what`, when this version cannot read it */
export function parseStored<T extends z.ZodType>(schema: T, text: string, what: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TerminalError(`${what} is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new TerminalError(`${what} cannot be read: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
