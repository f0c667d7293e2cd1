/** One trial: its seeds, their learning curves over each other, where each came from and how to get it again. */
import {
  type CurvePoint,
  type RunCurve,
  type RunRow,
  type StageSummary,
  type SweepStatus,
} from '@seedbed/contracts';
import { CloseButton, Code, Drawer, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQueries } from '@tanstack/react-query';
import {
  abbreviateDigest,
  curveReportPoints,
  formatAccuracy,
  formatDuration,
  learningCurves,
  learningRateTrace,
  meanCurve,
  parameterNames,
  THEMED_PALETTE,
  trialLabel,
} from '@seedbed/report/plots';
import { api } from '../api.js';
import { QueryNotice } from '../pages/notices.js';
import { isOpen, useRuns } from '../queries.js';
import { localTime } from '../words.js';
import { ScrollRegion } from '../pages/scroll-region.js';

/** Curves of more seeds than these cannot be told apart, and each is a request. */
const CURVES_MAX = 12;
/** Plot labels groups that have no role, which assistive programs may not read; the whole plot has a title and a description. */
const INNER_LABEL = / aria-label="[^"]*"/g;

interface TrialDrawerProps {
  readonly status: SweepStatus;
  readonly stage: StageSummary;
  readonly trialIndex: number | null;
  readonly onClose: () => void;
}

export function TrialDrawer({ status, stage, trialIndex, onClose }: TrialDrawerProps) {
  const trial = stage.trials.find(({ index }) => index === trialIndex);
  const title =
    trial === undefined ? '' : `Trial ${trial.index}: ${trialLabel(trial, parameterNames(stage))}`;
  return (
    <Drawer.Root opened={trial !== undefined} onClose={onClose} position="right" size="xl">
      <Drawer.Overlay />
      {/* Without the kit's own header, which would be a second banner of the page. */}
      <Drawer.Content aria-label={title}>
        <Drawer.Body pt="md">
          <Group justify="space-between" wrap="nowrap" mb="md">
            <Title order={2} size="h3">
              {title}
            </Title>
            <CloseButton aria-label="Close" onClick={onClose} size="lg" />
          </Group>
          {trial === undefined ? null : (
            <TrialRuns status={status} stage={stage.stage} trialIndex={trial.index} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function TrialRuns({
  status,
  stage,
  trialIndex,
}: {
  status: SweepStatus;
  stage: string;
  trialIndex: number;
}) {
  const runs = useRuns(status.sweepId, stage, trialIndex, isOpen(status.state));
  if (runs.data === undefined) return <QueryNotice query={runs} what="runs" />;
  return (
    <Stack>
      <Curves sweepId={status.sweepId} runs={runs.data.runs} />
      <Title order={3} size="h4">
        Seeds
      </Title>
      <ScrollRegion label="Seeds">
        <Table className="numbers">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Seed</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Validation</Table.Th>
              <Table.Th>Test</Table.Th>
              <Table.Th>Run</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.data.runs.map((run) => (
              <Table.Tr key={run.runId}>
                <Table.Td>{run.seed}</Table.Td>
                <Table.Td>{stateOf(run)}</Table.Td>
                <Table.Td>{accuracyOf(run, 'validation')}</Table.Td>
                <Table.Td>{accuracyOf(run, 'test')}</Table.Td>
                <Table.Td>
                  <Code>{abbreviateDigest(run.runId)}</Code>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <Title order={3} size="h4">
        Where they come from
      </Title>
      {runs.data.runs.map((run) => (
        <RunProvenance key={run.runId} run={run} />
      ))}
    </Stack>
  );
}

function Curves({ sweepId, runs }: { sweepId: string; runs: readonly RunRow[] }) {
  const { ref, width } = useElementSize();
  const curves = useQueries({
    queries: runs.slice(0, CURVES_MAX).map(({ runId, state }) => ({
      queryKey: ['curve', sweepId, runId, state],
      queryFn: () => api.curve(sweepId, runId),
      refetchInterval: state === 'training' ? 3_000 : (false as const),
    })),
  }).flatMap(({ data }) => (data === undefined ? [] : [data]));
  const seeds = curves
    .map(({ points }) => curveReportPoints(points satisfies CurvePoint[]))
    .filter(({ length }) => length > 0);
  const schedule = curves.find((curve: RunCurve) => curve.schedule !== null)?.schedule ?? null;
  if (seeds.length === 0) return <Text className="quiet">No evaluation yet.</Text>;
  const svg = learningCurves(
    document,
    {
      title: 'Learning curves of the seeds, and their mean',
      mean: meanCurve(seeds),
      seeds,
      learningRate: schedule === null ? null : learningRateTrace(schedule),
    },
    { id: 'trial-curves', width: Math.max(300, width), palette: THEMED_PALETTE },
  );
  // Markup of our own plot library, which escapes whatever text is put into it.
  return (
    <div className="plot" ref={ref} dangerouslySetInnerHTML={{ __html: svg.replaceAll(INNER_LABEL, '') }} />
  );
}

function stateOf({ state, progress, commit, deadLetter }: RunRow): string {
  if (commit !== null) return commit.result.outcome;
  if (deadLetter !== null) return `given up: ${deadLetter.reason}`;
  return progress === null ? state : `${state}, step ${progress.step} of ${progress.steps}`;
}

function accuracyOf({ commit, progress }: RunRow, split: 'validation' | 'test'): string {
  if (commit === null)
    return split === 'validation' ? formatAccuracy(progress?.validationAccuracy ?? null) : '–';
  if (commit.result.outcome !== 'trained') return '–';
  const accuracy = commit.result[split];
  return formatAccuracy(accuracy === undefined ? null : accuracy.correct / accuracy.count);
}

function RunProvenance({ run: { commit, seed } }: { run: RunRow }) {
  if (commit === null) return null;
  const { provenance } = commit;
  const took = new Date(provenance.finishedAt).getTime() - new Date(provenance.startedAt).getTime();
  return (
    <Text size="sm">
      Seed {seed}: {provenance.trainerId}, attempt {provenance.attempt}, {localTime(provenance.startedAt)},{' '}
      {formatDuration(took)} in a pack of {provenance.packWidth}; {commit.numericsClass}, Seedbed{' '}
      {provenance.seedbed}, Node {provenance.node}; digest <Code>{abbreviateDigest(commit.digest)}</Code>; run{' '}
      <Code style={{ overflowWrap: 'anywhere' }}>{commit.runId}</Code>
    </Text>
  );
}
