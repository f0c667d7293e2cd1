/**
 * The messages between a supervisor and its training child. Both sides parse what they receive: a message of another
 * shape is a fault of the child (it is killed) or of the supervisor (the child exits).
 *
 * A child says `hello` once, `measured` when it is asked, then for each pack any number of `working`, `progress`,
 * `checkpoint`, `result` and `model`, and ends it with exactly one `done` or `error`. A cancelled member gets no `result`.
 */
import { z } from 'zod';
import {
  accuracySchema,
  curvePointSchema,
  LIMITS,
  numericsClassSchema,
  runResultSchema,
  runSettingsSchema,
  runTimeSchema,
} from '@seedbed/contracts';

/** Networks of one pack: beyond this the supervisor's own settings are wrong. */
export const PACK_MEMBERS_MAX = LIMITS.seedsPerTrialMax;
/** A stack trace or a download note is shorter; longer text is cut by the sender. */
export const MESSAGE_TEXT_MAX = 4_000;

/** Weights and a curve; travels as bytes (the channel clones structures, it does not write JSON). */
const checkpointBytes = z.custom<Uint8Array>(
  (value) => ArrayBuffer.isView(value) && value.byteLength <= LIMITS.checkpointBytesMax,
  'bytes of a checkpoint',
);

/** The weights of a network and its normalisation, which is small beside them. */
const modelBytes = z.custom<Uint8Array>(
  (value) => ArrayBuffer.isView(value) && value.byteLength <= LIMITS.checkpointBytesMax,
  'weights of a network',
);
/** The name under which model.json looks for its weights. */
export const MODEL_WEIGHTS_FILE = 'weights.bin';
/** A description of three layers. */
const MODEL_JSON_MAX = 10_000;

/** Widths measured at once. */
const WIDTHS_MAX = 50;

const packId = z.int().min(1);
const memberIndex = z.int().min(0).max(PACK_MEMBERS_MAX);
const text = z.string().max(MESSAGE_TEXT_MAX);

export const toChildSchema = z.discriminatedUnion('type', [
  /** Train these together; all have the same pack key. A gradient check is a pack of one. */
  z.strictObject({
    type: z.literal('pack'),
    packId,
    members: z.array(runSettingsSchema).min(1).max(PACK_MEMBERS_MAX),
    /** Where each member begins; null for the beginning. One that cannot be used has all begin there. */
    checkpoints: z.array(checkpointBytes).max(PACK_MEMBERS_MAX).nullable(),
    /** How often to send `checkpoint`; null for never. */
    checkpointIntervalMs: z.number().min(0).nullable(),
    /** Whether to send a `model` of each member that trained to its end. @default false */
    models: z.boolean().optional(),
  }),
  /** How fast packs of several widths are; answered by `measured`, between packs. */
  z.strictObject({ type: z.literal('measure') }),
  z.strictObject({ type: z.literal('cancel'), packId, members: z.array(memberIndex).min(1) }),
]);
export type ToChild = z.infer<typeof toChildSchema>;
export type PackOrder = Extract<ToChild, { type: 'pack' }>;

export const memberProgressSchema = z.strictObject({
  member: memberIndex,
  step: z.int().min(0),
  steps: z.int().min(1),
  /** Evaluated since the last report. */
  points: z.array(curvePointSchema).max(LIMITS.evaluationsPerRunMax),
});
export type MemberProgress = z.infer<typeof memberProgressSchema>;

const widthTimeSchema = z.strictObject({ hiddenUnits: z.int().min(1), stepMs: z.number().positive() });

export const fromChildSchema = z.discriminatedUnion('type', [
  /** The backend is loaded; sent once. */
  z.strictObject({
    type: z.literal('hello'),
    backend: z.string().max(64),
    tensorflow: z.string().max(64).nullable(),
    numericsClass: numericsClassSchema,
    /** Why it is not TensorFlow; null when it is. */
    fallbackReason: text.nullable(),
  }),
  /** A sign of life between windows and while data is fetched. */
  z.strictObject({ type: z.literal('working'), packId, note: text.nullable() }),
  z.strictObject({ type: z.literal('progress'), packId, members: z.array(memberProgressSchema).min(1) }),
  z.strictObject({
    type: z.literal('result'),
    packId,
    member: memberIndex,
    result: runResultSchema,
    /** The run's share of the time on this core; null for a gradient check. */
    time: runTimeSchema.nullable(),
  }),
  /** The state of a member that still trains. */
  z.strictObject({
    type: z.literal('checkpoint'),
    packId,
    member: memberIndex,
    step: z.int().min(1),
    bytes: checkpointBytes,
  }),
  /** A trained network as a layers model of TensorFlow.js: the text of model.json, and its weights.bin. */
  z.strictObject({
    type: z.literal('model'),
    packId,
    member: memberIndex,
    json: z.string().max(MODEL_JSON_MAX),
    weights: modelBytes,
    /** What it gets right of the validation images after it was loaded from these. */
    reloaded: accuracySchema,
  }),
  z.strictObject({ type: z.literal('measured'), widths: z.array(widthTimeSchema).max(WIDTHS_MAX) }),
  z.strictObject({
    type: z.literal('done'),
    packId,
    /** The most memory that this process has had resident so far. */
    peakBytes: z.number().min(0),
  }),
  /** Training threw. `retryable`: the cause is outside the pack (e.g. the data could not be fetched). */
  z.strictObject({ type: z.literal('error'), packId, message: text, retryable: z.boolean() }),
]);
export type FromChild = z.infer<typeof fromChildSchema>;
export type NetworkModel = Omit<Extract<FromChild, { type: 'model' }>, 'type' | 'packId' | 'member'>;
/** What a child says of itself. */
export type ChildIdentity = Omit<Extract<FromChild, { type: 'hello' }>, 'type'>;
