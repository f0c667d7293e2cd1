import { Anchor, Badge, Button, Code, Group, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { formatCount, formatShare } from '@seedbed/report/plots';
import { useState } from 'react';
import { Link } from 'wouter';
import { useSweeps } from '../queries.js';
import { localTime, shareDone, STATE_COLOURS } from '../words.js';
import { QueryNotice } from './notices.js';
import { ScrollRegion } from './scroll-region.js';

export function SweepsPage() {
  /** Cursors of the pages before this one, the first page's being null. */
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const sweeps = useSweeps(cursors.at(-1)!);
  const next = sweeps.data?.nextCursor ?? null;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Sweeps
        </Title>
        <Button component={Link} href="/launch">
          Launch a sweep
        </Button>
      </Group>
      <QueryNotice query={sweeps} what="sweeps" />
      {sweeps.data?.sweeps.length === 0 ? (
        <Text>
          No sweep yet. Launch one here, or with <Code>npx seedbed launch examples/quick.yaml</Code>.
        </Text>
      ) : null}
      {sweeps.data === undefined || sweeps.data.sweeps.length === 0 ? null : (
        <ScrollRegion label="Sweeps">
          <Table highlightOnHover className="numbers">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Sweep</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Progress</Table.Th>
                <Table.Th>Runs</Table.Th>
                <Table.Th>Launched</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sweeps.data.sweeps.map((sweep) => (
                <Table.Tr key={sweep.sweepId}>
                  <Table.Td>
                    <Anchor component={Link} href={`/sweeps/${sweep.sweepId}`}>
                      {sweep.sweepId}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>
                    <Badge variant="dot" color={STATE_COLOURS[sweep.state]}>
                      {sweep.state}
                    </Badge>
                  </Table.Td>
                  <Table.Td miw={120}>
                    <Progress
                      value={shareDone(sweep) * 100}
                      aria-label={`${formatShare(shareDone(sweep))} of the steps`}
                    />
                  </Table.Td>
                  <Table.Td>
                    {formatCount(sum(sweep.stages.map(({ committed }) => committed)))} of{' '}
                    {formatCount(sum(sweep.stages.map(({ planned }) => planned)))}
                  </Table.Td>
                  <Table.Td>{localTime(sweep.createdAt)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollRegion>
      )}
      {cursors.length > 1 || next !== null ? (
        <Group>
          <Button
            variant="default"
            disabled={cursors.length === 1}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Newer
          </Button>
          <Button variant="default" disabled={next === null} onClick={() => setCursors([...cursors, next])}>
            Older
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
