/** What pages show, kept fresh while somebody looks: statuses as they change, results when the statuses say that something did. */
import type { SweepStatus } from '@seedbed/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from './api.js';

/** Commits come in packs, every few seconds; a tab in the background does not ask at all. */
const LIVE_MS = 2_000;
const IDLE_MS = 15_000;

export const isOpen = (state: SweepStatus['state']): boolean => state === 'running' || state === 'paused';

export function useSweeps(cursor: string | null) {
  return useQuery({
    queryKey: ['sweeps', cursor],
    queryFn: () => api.sweeps(cursor),
    refetchInterval: LIVE_MS,
  });
}

/** The coordinator tells of changes; asking now and then is for when its events do not come through, behind some proxies. */
export function useSweep(sweepId: string) {
  const queries = useQueryClient();
  useEffect(() => {
    const events = new EventSource(`/v1/sweeps/${encodeURIComponent(sweepId)}/events`);
    const take = ({ data }: MessageEvent<string>): void => {
      queries.setQueryData(['sweep', sweepId], JSON.parse(data) as SweepStatus);
    };
    events.addEventListener('snapshot', take);
    events.addEventListener('status', take);
    // The browser tries again by itself; whether the coordinator is away is for the query to find out.
    events.addEventListener('error', () => void queries.invalidateQueries({ queryKey: ['sweep', sweepId] }));
    return () => events.close();
  }, [queries, sweepId]);
  return useQuery({
    queryKey: ['sweep', sweepId],
    queryFn: () => api.sweep(sweepId),
    refetchInterval: IDLE_MS,
  });
}

/** Results of a large sweep are large: they are asked for again only when there is something new in them. */
export function useResults(status: SweepStatus | undefined) {
  return useQuery({
    queryKey: ['results', status?.sweepId, status === undefined ? null : resultsVersion(status)],
    queryFn: () => api.results(status!.sweepId),
    enabled: status !== undefined,
    placeholderData: (previous) => previous,
  });
}

export function useDecisions(status: SweepStatus | undefined) {
  return useQuery({
    queryKey: ['decisions', status?.sweepId, status === undefined ? null : resultsVersion(status)],
    queryFn: () => api.decisions(status!.sweepId),
    enabled: status !== undefined,
    placeholderData: (previous) => previous,
  });
}

function resultsVersion({ state, stages }: SweepStatus): string {
  return [
    state,
    ...stages.map(({ committed, planned, deadLetters }) => [committed, planned, deadLetters]),
  ].join();
}

export function useRuns(sweepId: string, stage: string, trial: number, isLive: boolean) {
  return useQuery({
    queryKey: ['runs', sweepId, stage, trial],
    queryFn: () => api.runs(sweepId, stage, trial),
    refetchInterval: isLive ? LIVE_MS : false,
  });
}

export function useTrainers() {
  return useQuery({ queryKey: ['trainers'], queryFn: () => api.trainers(), refetchInterval: LIVE_MS });
}
