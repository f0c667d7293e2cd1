/** What a person should see of the log of a part: its warnings and errors, not the same one again and again. */
import { z } from 'zod';

export interface PartWarning {
  readonly level: 'warn' | 'error';
  readonly message: string;
}

/** A part that tries again says the same each time; the log file has all of it. */
const SAME_AGAIN_MS = 60_000;
/** Messages remembered so as not to repeat them; more different ones than this are worth repeating. */
const REMEMBERED_MAX = 200;

export interface WarningFilter {
  /** The warning in a log line; null when it is none, or was told within the last minute. */
  newsIn(part: string, line: string): PartWarning | null;
}

export function createWarningFilter(now: () => number = Date.now): WarningFilter {
  const toldAtMs = new Map<string, number>();
  return {
    newsIn(part, line) {
      const warning = warningOf(line);
      if (warning === null) return null;
      const key = `${part}: ${warning.message}`;
      const told = toldAtMs.get(key);
      if (told !== undefined && now() - told < SAME_AGAIN_MS) return null;
      if (toldAtMs.size >= REMEMBERED_MAX) toldAtMs.clear();
      toldAtMs.set(key, now());
      return warning;
    },
  };
}

const logEntrySchema = z.object({
  level: z.number(),
  msg: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
  reason: z.string().optional(),
});
/** pino's numbers. */
const WARN = 40;
const ERROR = 50;

/** The warning or error in a line of pino's JSON; null for anything less. */
export function warningOf(
  line: string,
): { readonly level: 'warn' | 'error'; readonly message: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const entry = logEntrySchema.safeParse(value);
  if (!entry.success || entry.data.level < WARN) return null;
  const { level, msg, err, reason } = entry.data;
  const message = [msg, err?.message, reason].filter((part) => part !== undefined).join(': ');
  return { level: level >= ERROR ? 'error' : 'warn', message };
}
