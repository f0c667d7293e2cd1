/** A small count of every scenario that a short sweep is sure to feel; `npm run faults` plays the large ones. Needs the built dist folders. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign, type ScenarioVerdict } from './campaign.js';
import { PROFILES } from './profiles.js';
import { reportOf } from './report.js';
import { SCENARIOS } from './scenarios/index.js';

/** All scenarios took four minutes on two cores that ran other tests as well; a slower or busier machine needs more. */
jest.setTimeout(1_200_000);

const directory = mkdtempSync(join(tmpdir(), 'seedbed-fault-histories-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PLAYED = SCENARIOS.filter(({ counts }) => counts.test > 0);
const lines: string[] = [];
let results: ScenarioVerdict[];
beforeAll(async () => {
  results = await runCampaign({
    plan: PLAYED.map((scenario) => ({ scenario, faults: scenario.counts.test })),
    profile: PROFILES.fast,
    seed: 1,
    cells: 2,
    sweep: 'short',
    directory,
    resume: false,
    say: (line) => {
      lines.push(line);
      if (line.includes('SKIPPED')) console.warn(line);
    },
  });
});

it.each(PLAYED.map(({ name }) => name))('%s loses, repeats and leaves nothing', (name) => {
  const result = results.find(({ scenario }) => scenario.name === name);
  if (lines.some((line) => line.startsWith(`${name}: SKIPPED`))) return;
  expect(result?.verdict.problems).toEqual([]);
  expect(reportOf(result === undefined ? [] : [result])).toMatch(/as promised/);
});
