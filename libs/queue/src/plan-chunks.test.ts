import { type PlannedStage, TerminalError } from '@seedbed/contracts';
import { assert, integer, property } from 'fast-check';
import { plannedStageOf } from './conformance/test-data.js';
import { CHUNK_BYTES_MAX, chunkField, parseChunk, parsePlanHeader, splitPlan } from './plan-chunks.js';

function joined(fields: ReturnType<typeof splitPlan>): PlannedStage {
  const header = parsePlanHeader(fields.header);
  const stored = new Map(fields.chunks);
  const trials = Array.from({ length: header.chunks }, (_, index) =>
    parseChunk(header, index, stored.get(chunkField(header, index)) ?? null),
  ).flat();
  return { stage: header.stage, kind: header.kind, trials };
}

it('gives back every plan, in chunks no larger than allowed unless one trial alone is', () => {
  const sizes = { trials: integer({ min: 1, max: 60 }), seeds: integer({ min: 1, max: 12 }) };
  assert(
    property(sizes.trials, sizes.seeds, integer({ min: 1, max: 20_000 }), (trials, seeds, bytesMax) => {
      const plan = plannedStageOf('coarse', trials, seeds);
      const fields = splitPlan(plan, bytesMax);
      expect(joined(fields)).toEqual(plan);
      for (const [, text] of fields.chunks) {
        expect(Buffer.byteLength(text) <= bytesMax || !text.includes('\n')).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

it('keeps the commands of a large plan small', () => {
  const { chunks, header } = splitPlan(plannedStageOf('coarse', 3_000, 5));
  expect(chunks.length).toBeGreaterThan(3);
  for (const [, text] of chunks) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
  expect(header.length).toBeLessThan(200);
});

it('names chunks by their content, so that two writers never mix', () => {
  const fieldsOf = (trials: number) =>
    splitPlan(plannedStageOf('coarse', trials), 2_000).chunks.map(([field]) => field);
  expect(fieldsOf(20).filter((field) => fieldsOf(21).includes(field))).toEqual([]);
  expect(fieldsOf(20)).toEqual(fieldsOf(20));
});

it('says what is missing or cannot be read', () => {
  const header = parsePlanHeader(splitPlan(plannedStageOf('coarse', 1)).header);
  expect(() => parseChunk(header, 0, null)).toThrow(TerminalError);
  expect(() => parseChunk(header, 0, '{"index":-1}')).toThrow(/chunk 0 of 1 .*"coarse"/);
  expect(() => parsePlanHeader('{}')).toThrow(TerminalError);
  expect(() => parsePlanHeader('no JSON')).toThrow(TerminalError);
});
