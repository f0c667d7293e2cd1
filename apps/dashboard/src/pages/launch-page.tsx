/** Write a sweep file, see at once what is wrong with it or what it would train, launch it. */
import type { PlanResponse } from '@seedbed/contracts';
import { Alert, Button, Group, List, Stack, Table, Text, Textarea, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { formatCount } from '@seedbed/report/plots';
import { useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { parse as parseYaml } from 'yaml';
import { ApiError, api } from '../api.js';
import { ScrollRegion } from './scroll-region.js';

const EXAMPLE = `seedbed: 1
name: lambda
seeds: 5
training:
  schedule: { kind: cyclical, etaMin: 1.0e-5, etaMax: 0.1, stepSize: 100, cycles: 1 }
parameters:
  lambda: { min: 1.0e-5, max: 0.1, scale: log, count: 5 }
`;
const TYPING_MS = 400;
/** Aliases can make a small file enormous; sweep files need few. The coordinator has the same limit. */
const ALIASES_MAX = 20;

type Parsed = { readonly spec: unknown } | { readonly fault: string };

export function LaunchPage() {
  const [text, setText] = useState(EXAMPLE);
  const [settled] = useDebouncedValue(text, TYPING_MS);
  const [, navigate] = useLocation();
  const parsed = useMemo(() => parse(settled), [settled]);
  const plan = useQuery({
    queryKey: ['plan', settled],
    queryFn: () => api.plan('spec' in parsed ? parsed.spec : null),
    enabled: 'spec' in parsed,
    placeholderData: (previous) => previous,
  });
  // One key for one text: pressing twice, or again after a lost reply, launches once.
  const launches = useRef(new Map<string, string>());
  const launch = useMutation({
    mutationFn: async () => {
      const key = launches.current.get(settled) ?? newKey();
      launches.current.set(settled, key);
      return await api.launch('spec' in parsed ? parsed.spec : null, key);
    },
    onSuccess: ({ sweepId }) => navigate(`/sweeps/${sweepId}`),
  });
  const isValid = 'spec' in parsed && plan.error === null && plan.data !== undefined && settled === text;
  return (
    <Stack>
      <Title order={1} size="h2">
        Launch a sweep
      </Title>
      <Textarea
        label="Sweep file"
        description="YAML or JSON, as for seedbed launch"
        autosize
        minRows={12}
        maxRows={30}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <div role="status" aria-live="polite">
        {'fault' in parsed ? (
          <Alert color="red" title="This is not YAML">
            {parsed.fault}
          </Alert>
        ) : null}
        {'spec' in parsed && plan.error !== null ? <Problems error={plan.error} /> : null}
        {'spec' in parsed && plan.error === null && plan.data !== undefined ? (
          <Plan plan={plan.data} />
        ) : null}
      </div>
      {launch.error === null ? null : <Problems error={launch.error} />}
      <Group>
        <Button disabled={!isValid} loading={launch.isPending} onClick={() => launch.mutate()}>
          Launch
        </Button>
      </Group>
    </Stack>
  );
}

/** Not crypto.randomUUID, which browsers keep from pages that came over plain HTTP from another machine. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

function parse(text: string): Parsed {
  try {
    return { spec: parseYaml(text, { maxAliasCount: ALIASES_MAX }) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function Problems({ error }: { error: Error }) {
  const problems = error instanceof ApiError ? (error.problem?.problems ?? []) : [];
  return (
    <Alert color="red" title={problems.length === 0 ? error.message : 'This cannot be launched'}>
      <List>
        {problems.map(({ path, message }) => (
          <List.Item key={`${path} ${message}`}>
            <strong>{path}</strong>: {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Plan({ plan }: { plan: PlanResponse }) {
  return (
    <>
      <Text mb="xs">
        {formatCount(plan.runs)} runs, {formatCount(plan.steps)} training steps:
      </Text>
      <ScrollRegion label="Plan">
        <Table className="numbers">
          <Table.Thead>
            <Table.Tr>
              {['Stage', 'Trials', 'Seeds', 'Runs', 'Steps', 'After'].map((header) => (
                <Table.Th key={header}>{header}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {plan.stages.map((stage) => (
              <Table.Tr key={stage.stage}>
                <Table.Td>{stage.stage}</Table.Td>
                <Table.Td>{formatCount(stage.trials)}</Table.Td>
                <Table.Td>{formatCount(stage.seedsPerTrial)}</Table.Td>
                <Table.Td>{formatCount(stage.runs)}</Table.Td>
                <Table.Td>{formatCount(stage.steps)}</Table.Td>
                <Table.Td>{stage.derivesFrom.join(', ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </>
  );
}
