/**
 * What happened in one round, one JSON object a line. Processes under test write through preload/observer.cjs, made-up
 * children through their journal, the harness itself through `History`. Times are Date.now() of one machine.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const at = { atMs: z.number(), processId: z.number().optional() };

const eventSchema = z.discriminatedUnion('type', [
  /** A trainer holds a block. */
  z.object({
    ...at,
    type: z.literal('claim'),
    jobId: z.string(),
    attempt: z.number(),
    runIds: z.array(z.string()),
  }),
  /** It let go of it; an outcome of `lost` says that it was no longer the trainer's. */
  z.object({ ...at, type: z.literal('end'), how: z.string(), jobId: z.string(), outcome: z.string() }),
  z.object({
    ...at,
    type: z.literal('commit'),
    phase: z.enum(['invoke', 'ok']),
    runId: z.string(),
    digest: z.string(),
    outcome: z.string().optional(),
  }),
  z.object({ ...at, type: z.literal('lead'), epoch: z.number() }),
  /** A process killed itself at a named point. */
  z.object({ ...at, type: z.literal('crash'), point: z.string() }),
  /** A process stopped at a named point, with the command in its hands. */
  z.object({ ...at, type: z.literal('stopped'), point: z.string() }),
  /** A conductor's write was refused, because another leads. */
  z.object({ ...at, type: z.literal('refused'), command: z.string() }),
  /** Of a made-up child: `run` names the run's settings. */
  z.object({
    ...at,
    type: z.literal('train'),
    phase: z.enum(['start', 'end']),
    run: z.string(),
    trainingMs: z.number(),
  }),
  /** The server was set back: what it acknowledged from then until then may be gone. */
  z.object({ ...at, type: z.literal('set-back'), sinceMs: z.number(), untilMs: z.number() }),
  z.object({ ...at, type: z.literal('launch'), sweepId: z.string() }),
  z.object({
    ...at,
    type: z.literal('fault'),
    kind: z.string(),
    target: z.string(),
    recovery: z
      .discriminatedUnion('of', [
        z.object({ of: z.literal('blocks'), processIds: z.array(z.number()), sinceMs: z.number() }),
        z.object({ of: z.literal('event'), event: z.enum(['claim', 'commit', 'lead']), sinceMs: z.number() }),
      ])
      .nullable(),
  }),
  /** The record of a finished sweep as the API shows it. */
  z.object({
    ...at,
    type: z.literal('record'),
    sweepId: z.string(),
    state: z.string(),
    reason: z.string().nullable(),
    /** Null: there is none to compare it with. */
    answerEqual: z.boolean().nullable(),
    /** Without those that were planned to be poison. */
    runs: z.array(z.object({ runId: z.string(), digest: z.string().nullable() })),
    /** From launch to end, and the time on one core that its commits stand for. */
    wallMs: z.number().optional(),
    trainingMs: z.number().optional(),
    /** How it must end. @default completed */
    expected: z.enum(['completed', 'incomplete']).optional(),
    /** For comparison: it was left in peace. */
    calm: z.boolean().optional(),
  }),
  z.object({ ...at, type: z.literal('residue'), found: z.array(z.string()) }),
  z.object({ ...at, type: z.literal('defect'), message: z.string() }),
  z.object({ ...at, type: z.literal('measure'), name: z.string(), value: z.number() }),
]);
export type HistoryEvent = z.infer<typeof eventSchema>;
export type EventOf<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;
export type Recovery = NonNullable<EventOf<'fault'>['recovery']>;

type Unstamped<E> = E extends HistoryEvent ? Omit<E, 'atMs' | 'processId'> & { atMs?: number } : never;

export class History {
  constructor(readonly path: string) {}

  note(event: Unstamped<HistoryEvent>): void {
    appendFileSync(this.path, `${JSON.stringify({ atMs: Date.now(), ...event })}\n`);
  }

  read(): HistoryEvent[] {
    return parseHistory(readFileSync(this.path, 'utf8'));
  }
}

/** @throws when a line is no event: a history with holes proves nothing */
export function parseHistory(text: string): HistoryEvent[] {
  const events = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => eventSchema.parse(JSON.parse(line)));
  return events.sort((a, b) => a.atMs - b.atMs);
}
