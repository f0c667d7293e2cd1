/**
 * A planned stage as hash fields small enough for one command each. The header names the chunks by their content, so that
 * a writer that died half-way, or two writers at once, can never make a mixture visible.
 */
import {
  type PlannedStage,
  plannedStageSchema,
  plannedTrialSchema,
  sha256,
  TerminalError,
} from '@seedbed/contracts';
import { z } from 'zod';
import { parseStored } from './stored-json.js';

/** Far below what a server or a proxy refuses, and small enough not to hold up other clients. */
export const CHUNK_BYTES_MAX = 512 * 1024;

const headerSchema = z.strictObject({
  stage: plannedStageSchema.shape.stage,
  kind: plannedStageSchema.shape.kind,
  trials: z.int().min(1),
  chunks: z.int().min(1),
  digest: z.string(),
});
export type PlanHeader = z.infer<typeof headerSchema>;

export interface PlanFields {
  /** Field name and value of every chunk. */
  readonly chunks: readonly (readonly [string, string])[];
  /** JSON to be stored under the stage's own name, last. */
  readonly header: string;
}

/** Stage names contain no `/`, so no stage's header is taken for a chunk. */
export function chunkField(header: Pick<PlanHeader, 'stage' | 'digest'>, index: number): string {
  return `${header.stage}/${header.digest}/${index}`;
}

export function isHeaderField(field: string): boolean {
  return !field.includes('/');
}

export function splitPlan(stage: PlannedStage, chunkBytesMax = CHUNK_BYTES_MAX): PlanFields {
  const texts: string[] = [];
  let lines: string[] = [];
  let bytes = 0;
  for (const trial of stage.trials) {
    const line = JSON.stringify(trial);
    const lineBytes = Buffer.byteLength(line) + 1;
    if (lines.length > 0 && bytes + lineBytes > chunkBytesMax) {
      texts.push(lines.join('\n'));
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += lineBytes;
  }
  texts.push(lines.join('\n'));
  const header: PlanHeader = {
    stage: stage.stage,
    kind: stage.kind,
    trials: stage.trials.length,
    chunks: texts.length,
    digest: sha256(texts.map((text) => sha256(text)).join('')).slice(0, 16),
  };
  return {
    chunks: texts.map((text, index) => [chunkField(header, index), text]),
    header: JSON.stringify(header),
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
