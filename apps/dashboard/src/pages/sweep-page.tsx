/** One sweep, live: how far it is, what the answer is so far and how sure, every trial, what was decided. */
import { Badge, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useDecisions, useResults, useSweep } from '../queries.js';
import { Decisions } from '../sweep/decisions.js';
import { StagePanel } from '../sweep/stage-panel.js';
import { StageProgressList } from '../sweep/stage-progress-list.js';
import { SweepActions } from '../sweep/sweep-actions.js';
import { localTime, STATE_COLOURS } from '../words.js';
import { QueryNotice } from './notices.js';

export function SweepPage({ sweepId }: { sweepId: string }) {
  const sweep = useSweep(sweepId);
  const results = useResults(sweep.data);
  const decisions = useDecisions(sweep.data);
  const [chosenStage, setChosenStage] = useState<string | null>(null);
  const status = sweep.data;
  if (status === undefined) return <QueryNotice query={sweep} what={`sweep ${sweepId}`} />;
  const stages = results.data?.stages ?? [];
  const stage = chosenStage ?? stages.findLast(({ kind }) => kind === 'search')?.stage ?? null;
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="sm">
            <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
              {status.sweepId}
            </Title>
            <Badge variant="dot" color={STATE_COLOURS[status.state]}>
              {status.state}
            </Badge>
          </Group>
          <Text className="quiet">
            launched {localTime(status.createdAt)}
            {status.finishedAt === null ? '' : `, ended ${localTime(status.finishedAt)}`}
            {status.numericsClass === null ? '' : `, ${status.numericsClass}`}
          </Text>
          {status.reason === null ? null : <Text>{status.reason}</Text>}
        </div>
        <SweepActions status={status} />
      </Group>
      {sweep.error === null ? null : <QueryNotice query={sweep} what="status" />}
      <StageProgressList status={status} />
      {stages.length === 0 ? (
        <QueryNotice query={results} what="results" />
      ) : (
        <Tabs value={stage} onChange={setChosenStage} keepMounted={false}>
          <Tabs.List>
            {stages.map((each) => (
              <Tabs.Tab key={each.stage} value={each.stage}>
                {each.stage}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {stages.map((each) => (
            <Tabs.Panel key={each.stage} value={each.stage} pt="md">
              <StagePanel status={status} stage={each} />
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
      {results.data === undefined ? null : <Decisions decisions={decisions.data?.decisions ?? []} />}
    </Stack>
  );
}
