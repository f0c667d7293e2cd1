/**
 * The complete state of a run at the end of a window of batches, and its bytes: a run that begins from it gets the bits of
 * one that was trained through. Weights and numbers only; nothing in it names a place or is ever executed.
 *
 *   "SBCKPT01" · length of the header, 4 bytes, little-endian · header, JSON padded with spaces to a multiple of 4
 *   · W1 (hidden × inputs) · b1 · W2 (hidden × classes) · b2, float32, little-endian
 */
import { z } from 'zod';
import { type NumericsClass, numericsClassSchema } from './commit.js';
import { sha256HexSchema } from './data-set.js';
import { InputError } from './errors.js';
import { type RunId, runIdSchema } from './ids.js';
import { LIMITS } from './limits.js';
import { type CurvePoint, curvePointSchema } from './run-result.js';
import { ENGINE_VERSION } from './run-settings.js';

/** What training needs in order to go on. */
export interface RunState {
  /** Updates so far; the next one is number `step`, counted from 0. */
  readonly step: number;
  /** What the stored W1 has yet to be multiplied by; see the engine's decay. */
  readonly scale: number;
  /** Every evaluation up to and with `step`. */
  readonly curve: readonly CurvePoint[];
  /** hidden × inputs, row-major */
  readonly W1: Float32Array;
  readonly b1: Float32Array;
  /** hidden × classes, row-major */
  readonly W2: Float32Array;
  readonly b2: Float32Array;
}

/** Whose state it is: only the same run on the same arithmetic may go on from it. */
export interface CheckpointIdentity {
  readonly runId: RunId;
  readonly numericsClass: NumericsClass;
}

const dimension = z.int().min(1);

const headerSchema = z.strictObject({
  runId: runIdSchema,
  numericsClass: numericsClassSchema,
  engine: z.literal(ENGINE_VERSION),
  step: z.int().min(1).max(LIMITS.stepsMax),
  scale: z.number().positive(),
  inputs: dimension.max(1_000_000),
  hidden: dimension.max(LIMITS.hiddenUnitsMax),
  classes: dimension.max(100_000),
  curve: z.array(curvePointSchema).max(LIMITS.evaluationsPerRunMax),
});
type CheckpointHeader = z.infer<typeof headerSchema>;

/** The checkpoints that a store has of some runs. */
export const checkpointListSchema = z.strictObject({
  checkpoints: z.array(
    z.strictObject({
      runId: runIdSchema,
      step: z.int().min(1),
      sizeBytes: z.int().min(0),
      sha256: sha256HexSchema,
    }),
  ),
});
export type CheckpointList = z.infer<typeof checkpointListSchema>;

const MAGIC = 'SBCKPT01';
const PREFIX_BYTES = MAGIC.length + 4;
const FLOAT_BYTES = 4;

export function encodeCheckpoint({ runId, numericsClass }: CheckpointIdentity, state: RunState): Uint8Array {
  const { W1, b1, W2, b2, step, scale, curve } = state;
  const hidden = b1.length;
  const header: CheckpointHeader = {
    runId,
    numericsClass,
    engine: ENGINE_VERSION,
    step,
    scale,
    inputs: W1.length / hidden,
    hidden,
    classes: b2.length,
    curve: [...curve],
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / FLOAT_BYTES) * FLOAT_BYTES;
  const parts = [W1, b1, W2, b2];
  const floats = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(PREFIX_BYTES + headerBytes + FLOAT_BYTES * floats);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, headerBytes, true);
  bytes.fill(' '.charCodeAt(0), PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  bytes.set(text, PREFIX_BYTES);
  let offset = PREFIX_BYTES + headerBytes;
  // Every platform that TensorFlow runs on stores float32 with the least significant byte first.
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** @throws InputError when the bytes are no checkpoint of this version's engine */
export function decodeCheckpoint(bytes: Uint8Array): CheckpointIdentity & { readonly state: RunState } {
  const header = headerOf(bytes);
  const { runId, numericsClass, step, scale, curve, inputs, hidden, classes } = header;
  const lengths = [hidden * inputs, hidden, hidden * classes, classes] as const;
  const floats = lengths.reduce((sum, length) => sum + length, 0);
  const first = bytes.length - FLOAT_BYTES * floats;
  if (first !== PREFIX_BYTES + headerBytesOf(bytes)) throw damaged('its length is not that of its weights');
  // A copy: it is aligned to its floats, and whoever brought the bytes may let go of them.
  const weights = new Float32Array(floats);
  new Uint8Array(weights.buffer).set(bytes.subarray(first));
  let offset = 0;
  const take = (length: number) => weights.subarray(offset, (offset += length));
  const [W1, b1, W2, b2] = [take(lengths[0]), take(lengths[1]), take(lengths[2]), take(lengths[3])];
  return { runId, numericsClass, state: { step, scale, curve, W1, b1, W2, b2 } };
}

function headerOf(bytes: Uint8Array): CheckpointHeader {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < PREFIX_BYTES) throw damaged('it does not begin as one');
  const text = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytesOf(bytes));
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw damaged('its header is no JSON', cause);
  }
  const parsed = headerSchema.safeParse(raw);
  if (!parsed.success) throw damaged(`its header is another one: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function headerBytesOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(MAGIC.length, true);
}

function damaged(why: string, cause?: unknown): InputError {
  return new InputError([{ path: '', message: `this is no checkpoint that can be used: ${why}` }], { cause });
}
