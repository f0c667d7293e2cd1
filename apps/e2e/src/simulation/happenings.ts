/** What did happen in the schedules so far. A fault that was never met proves nothing, so every one of these must be. */

export const HAPPENINGS = [
  ...(['trainer killed', 'trainer stopped by SIGTERM', 'trainer paused beyond its lock'] as const),
  ...(['child died guilty', 'child died in company', 'child killed from outside'] as const),
  ...(['coordinator killed', 'coordinator paused beyond its lease', 'two coordinators at once'] as const),
  ...(['request lost', 'reply lost', 'command carried out twice', 'command late', 'outage'] as const),
  ...([
    'sweep paused',
    'sweep cancelled',
    'waiting block dropped',
    'dead letter',
    'retried by a person',
  ] as const),
  ...(['block started again', 'block handed back', 'lock lost', 'commit repeated'] as const),
  ...(['checkpoint written', 'gone on from a checkpoint', 'checkpoint damaged', 'blocks packed'] as const),
] as const;
export type Happening = (typeof HAPPENINGS)[number];

export class Happenings {
  readonly counts = new Map<Happening, number>(HAPPENINGS.map((what) => [what, 0]));

  note(what: Happening, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  add(others: Readonly<Record<string, number>>): void {
    for (const what of HAPPENINGS) this.note(what, others[what] ?? 0);
  }

  missing(): Happening[] {
    return HAPPENINGS.filter((what) => this.counts.get(what) === 0);
  }
}
