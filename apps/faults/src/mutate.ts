/** The suite's test of itself: without a guard it must turn red. */
import { dirname, join } from 'node:path';
import { type CampaignOptions, runCampaign } from './campaign.js';
import { MUTATIONS } from './mutations.js';
import { SCENARIOS } from './scenarios/index.js';

const MUTATE_PATH = join(dirname(__dirname), 'preload', 'mutate.cjs');

/** @returns the guards that nobody missed */
export async function removeGuards(
  options: Pick<CampaignOptions, 'profile' | 'seed' | 'directory' | 'say'>,
): Promise<string[]> {
  const unnoticed: string[] = [];
  for (const { name, file, find, replace, scenario: scenarioName, faults, noticed } of MUTATIONS) {
    const scenario = SCENARIOS.find((candidate) => candidate.name === scenarioName);
    if (scenario === undefined) throw new Error(`no scenario "${scenarioName}"`);
    const [result] = await runCampaign({
      ...options,
      plan: [{ scenario, faults }],
      cells: 1,
      resume: false,
      directory: join(options.directory, 'mutate'),
      sweepDeadlineMs: SWEEP_DEADLINE_MS,
      preload: [MUTATE_PATH],
      environment: { SEEDBED_MUTATION: JSON.stringify({ file, find, replace }) },
      say: () => undefined,
    });
    const sign = result === undefined ? null : noticed(result.verdict);
    options.say(`without "${name}": ${sign === null ? 'NOBODY NOTICED' : `red, ${sign}`}`);
    if (sign === null) unnoticed.push(name);
  }
  return unnoticed;
}

/** A sweep that a missing guard has stopped need not be waited for as long as one that is slow. */
const SWEEP_DEADLINE_MS = 30_000;
