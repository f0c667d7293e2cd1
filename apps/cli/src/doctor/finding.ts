/** What one check of the doctor found. */
export interface Finding {
  /** `backend`, `server`, … */
  readonly name: string;
  /** A `warning` works but worse or later; a `problem` keeps Seedbed from working and makes the exit code 1. */
  readonly status: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  /** What to do; there is one for every warning and problem. */
  readonly remedy: string | null;
  /** The same for machines. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export function ok(name: string, detail: string, facts: Finding['facts'] = {}): Finding {
  return { name, status: 'ok', detail, remedy: null, facts };
}

export function warning(name: string, detail: string, remedy: string, facts: Finding['facts'] = {}): Finding {
  return { name, status: 'warning', detail, remedy, facts };
}

export function problem(name: string, detail: string, remedy: string, facts: Finding['facts'] = {}): Finding {
  return { name, status: 'problem', detail, remedy, facts };
}
