import { type PlannedStage, TerminalError } from '@seedbed/contracts';
import { assert, integer, property } from 'fast-check';
import { plannedStageOf } from './conformance/test-data.js';
import { CHUNK_BYTES_MAX, parseChunk, parsePlanHeader, planChunks, planHeader } from './plan-chunks.js';

const WRITING = '0-1';

function roundTrip(plan: PlannedStage, texts: readonly string[]): PlannedStage {
  const header = parsePlanHeader(JSON.stringify(planHeader(plan, WRITING, texts.length)));
  const trials = texts.flatMap((text, index) => parseChunk(header, index, text));
  return { stage: header.stage, kind: header.kind, trials };
}

it('gives back every plan, in chunks no larger than allowed unless one trial alone is', () => {
  const count = { trials: integer({ min: 1, max: 60 }), seeds: integer({ min: 1, max: 12 }) };
  assert(
    property(count.trials, count.seeds, integer({ min: 1, max: 20_000 }), (trials, seeds, bytesMax) => {
      const plan = plannedStageOf('coarse', trials, seeds);
      const texts = [...planChunks(plan, bytesMax)];
      expect(roundTrip(plan, texts)).toEqual(plan);
      for (const text of texts)
        expect(Buffer.byteLength(text) <= bytesMax || !text.includes('\n')).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('keeps the commands of a large plan small', () => {
  const texts = [...planChunks(plannedStageOf('coarse', 3_000, 5))];
  expect(texts.length).toBeGreaterThan(3);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
});

it('says what is missing or cannot be read', () => {
  const header = planHeader(plannedStageOf('coarse', 1), WRITING, 1);
  expect(() => parseChunk(header, 0, null)).toThrow(TerminalError);
  expect(() => parseChunk(header, 0, '{"index":-1}')).toThrow(/chunk 0 of 1 .*"coarse"/);
  expect(() => parsePlanHeader('{}')).toThrow(TerminalError);
  expect(() => parsePlanHeader('no JSON')).toThrow(TerminalError);
});
