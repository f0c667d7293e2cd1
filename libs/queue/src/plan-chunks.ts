/**
 * A planned stage as hash fields small enough for one command each. The header names the writing that its chunks belong
 * to, so that a writer that died half-way, or two writers at once, can never make a mixture visible.
 */
import {
  plannedRoundSchema,
  type PlannedStage,
  plannedStageSchema,
  plannedTrialSchema,
  pruningFactsOf,
  pruningShape,
  SCHEMA_VERSION,
  schemaVersionSchema,
  TerminalError,
} from '@seedbed/contracts';
import { z } from 'zod';
import { parseStored } from './stored-json.js';

/** Far below what a server or a proxy refuses, and small enough not to hold up other clients. */
export const CHUNK_BYTES_MAX = 512 * 1024;

const headerSchema = z.strictObject({
  schemaVersion: schemaVersionSchema,
  stage: plannedStageSchema.shape.stage,
  /** Of a later round of the stage. */
  round: plannedRoundSchema.shape.round.optional(),
  kind: plannedStageSchema.shape.kind,
  ...pruningShape,
  trials: z.int().min(1),
  chunks: z.int().min(1),
  /** Which writing of the stage; unique. */
  writing: z.string().regex(/^[0-9a-f-]+$/),
});
export type PlanHeader = z.infer<typeof headerSchema>;

/** A stage's first plan, or a later round of it. */
export interface PlanPart {
  readonly stage: string;
  readonly round?: number | undefined;
}

/** Where a part's header is kept. Stage names contain neither `~` nor `/`, so nothing is taken for something else. */
export function headerField({ stage, round }: PlanPart): string {
  return round === undefined ? stage : `${stage}~${round}`;
}

export function chunkField(header: PlanPart & Pick<PlanHeader, 'writing'>, index: number): string {
  return `${headerField(header)}/${header.writing}/${index}`;
}

export function isHeaderField(field: string): boolean {
  return !field.includes('/');
}

/** The chunks' texts one by one, so that a large plan holds up neither memory nor the event loop. */
export function* planChunks(
  { trials }: Pick<PlannedStage, 'trials'>,
  chunkBytesMax = CHUNK_BYTES_MAX,
): Generator<string> {
  let lines: string[] = [];
  let bytes = 0;
  for (const trial of trials) {
    const line = JSON.stringify(trial);
    const lineBytes = Buffer.byteLength(line) + 1;
    if (lines.length > 0 && bytes + lineBytes > chunkBytesMax) {
      yield lines.join('\n');
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += lineBytes;
  }
  yield lines.join('\n');
}

export function planHeader(
  { round, ...stage }: PlannedStage & PlanPart,
  writing: string,
  chunks: number,
): PlanHeader {
  return {
    schemaVersion: SCHEMA_VERSION,
    stage: stage.stage,
    ...(round !== undefined && { round }),
    kind: stage.kind,
    ...pruningFactsOf(stage),
    trials: stage.trials.length,
    chunks,
    writing,
  };
}

/** @throws TerminalError when the header is of a version that we cannot read */
export function parsePlanHeader(text: string): PlanHeader {
  return parseStored(headerSchema, text, 'a stored plan header');
}

/** The trials of one chunk. @throws TerminalError when they are of a version that we cannot read */
export function parseChunk(header: PlanHeader, index: number, text: string | null): PlannedStage['trials'] {
  const what = `chunk ${index} of ${header.chunks} of the plan of stage "${header.stage}"`;
  if (text === null) throw new TerminalError(`${what} is missing`);
  return text.split('\n').map((line) => parseStored(plannedTrialSchema, line, what));
}
