/** What the API shows of a finished sweep, as a history keeps it. */
import type { Client } from './client.js';
import type { EventOf } from './history.js';

export async function recordOf(
  client: Client,
  sweepId: string,
): Promise<Omit<EventOf<'record'>, 'atMs' | 'processId'>> {
  const { state, reason, createdAt, finishedAt } = await client.status(sweepId);
  const rows = await client.runs(sweepId);
  return {
    type: 'record',
    sweepId,
    state,
    reason,
    answerEqual: null,
    runs: rows.map(({ runId, commit }) => ({ runId, digest: commit?.digest ?? null })),
    wallMs: Date.parse(finishedAt ?? createdAt) - Date.parse(createdAt),
    trainingMs: rows.reduce((sum, { commit }) => sum + (commit?.provenance.time?.trainingMs ?? 0), 0),
  };
}
