/** Claims of a sweep, from its coordinator: every result it has, and the settings of those that are looked at. */
import { z } from 'zod';
import type { CoordinatorClient } from '../client/coordinator-client.js';
import { linesOf } from '../export/lines-of.js';
import { type Choice, chooseRuns, type Claim, type ClaimedRun } from './claim.js';

const rowSchema = z.object({
  stage: z.string(),
  trial: z.int(),
  seed: z.int(),
  runId: z.string(),
  digest: z.string(),
  numericsClass: z.string(),
});

export async function claimsOfSweep(
  client: CoordinatorClient,
  sweepId: string,
  choice: Choice,
): Promise<Claim[]> {
  const query = {
    of: 'runs',
    where: ['digest is not null'],
    columns: Object.keys(rowSchema.shape).join(','),
    format: 'jsonl',
  } as const;
  const all: ClaimedRun[] = [];
  for await (const line of linesOf(client.exportPieces(sweepId, query))) {
    const { trial: trialIndex, ...run } = rowSchema.parse(JSON.parse(line));
    all.push({ ...run, trialIndex });
  }
  const claims: Claim[] = [];
  for (const run of chooseRuns(all, choice)) {
    const { settings } = await client.provenance(sweepId, run.runId);
    claims.push({ ...run, settings });
  }
  return claims;
}
