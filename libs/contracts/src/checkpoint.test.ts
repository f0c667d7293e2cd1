import { decodeCheckpoint, encodeCheckpoint, type RunState } from './checkpoint.js';
import { InputError } from './errors.js';
import { runIdSchema } from './ids.js';

const identity = { runId: runIdSchema.parse('a'.repeat(64)), numericsClass: 'tensorflow-2.15.1-avx512' };
const state: RunState = {
  step: 1500,
  scale: 0.7312345678901234,
  curve: [{ step: 1000, validation: { accuracy: { correct: 3, count: 7 }, loss: 1 / 3, cost: null } }],
  W1: Float32Array.of(1, -0, 1e-42, 3.4e38, NaN, -1 / 3),
  b1: Float32Array.of(0.1, Infinity),
  W2: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  b2: Float32Array.of(1, 2, 3, 4),
};

it('gives back every bit, also from the middle of a larger buffer', () => {
  const bytes = encodeCheckpoint(identity, state);
  expect(decodeCheckpoint(bytes)).toEqual({ ...identity, state });
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  expect(decodeCheckpoint(larger.subarray(3))).toEqual({ ...identity, state });
  // Node's buffers share their memory with others.
  expect(decodeCheckpoint(Buffer.from(bytes))).toEqual({ ...identity, state });
  expect(Object.is(decodeCheckpoint(bytes).state.W1[1], -0)).toBe(true);
});

it('refuses what is cut off, longer, foreign or of another engine', () => {
  const bytes = encodeCheckpoint(identity, state);
  const changed = (from: string, to: string) =>
    Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1'));
  const wrong = [
    new Uint8Array(0),
    bytes.subarray(0, 10),
    bytes.subarray(0, 40),
    bytes.subarray(0, -4),
    bytes.subarray(0, -1),
    Uint8Array.from([...bytes, 0, 0, 0, 0]),
    changed('SBCKPT01', 'SBCKPT02'),
    changed('two-layer-1', 'two-layer-0'),
    changed('"hidden":2', '"hidden":1'),
    changed('"step":1500', '"step":0000'),
    changed('"scale":0.7', '"scale":-.7'),
    changed('{"runId"', '["runId"'),
  ];
  for (const one of wrong) expect(() => decodeCheckpoint(one)).toThrow(InputError);
});
