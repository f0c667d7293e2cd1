/** One stage: the answer in words, its plot, its trials; and one trial, when somebody asks for it. */
import type { StageSummary, SweepStatus } from '@seedbed/contracts';
import { Group, SegmentedControl, Stack, Switch, Text, Title } from '@mantine/core';
import {
  parameterLabel,
  parameterNames,
  type Standing,
  stageAnswer,
  standingOf,
} from '@seedbed/report/plots';
import { useState } from 'react';
import { ParallelCoordinates } from '../plot/parallel-coordinates.js';
import { hasCloseUp, PlotLegend, TrialPlot } from '../plot/trial-plot.js';
import { TrialDrawer } from './trial-drawer.js';
import { TrialsTable } from './trials-table.js';

export function StagePanel({ status, stage }: { status: SweepStatus; stage: StageSummary }) {
  const names = parameterNames(stage);
  const numeric = names.filter((name) =>
    stage.trials.some(({ parameters }) => typeof parameters[name] === 'number'),
  );
  const [parameter, setParameter] = useState(numeric.includes('lambda') ? 'lambda' : (numeric[0] ?? null));
  const [closeUp, setCloseUp] = useState(false);
  const [opened, setOpened] = useState<number | null>(null);
  const sentences = stageAnswer(stage);
  const canCloseUp = hasCloseUp(stage.trials);
  if (stage.kind === 'preflight') return <Preflight stage={stage} />;
  return (
    <Stack>
      <section aria-label="Answer">
        <Title order={2} size="h3">
          {sentences.length === 0 ? 'So far' : 'Answer'}
        </Title>
        {sentences.length === 0 ? (
          <Text>
            {stage.committed} of {stage.planned} runs are committed. What can be said about the trials is said
            when the last one is.
          </Text>
        ) : (
          sentences.map((sentence) => <Text key={sentence}>{sentence}</Text>)
        )}
      </section>
      {parameter === null ? null : (
        <section aria-label="Accuracy over a parameter">
          <Group justify="space-between" mb="xs">
            {numeric.length < 2 ? (
              <PlotLegend standings={standingsIn(stage)} />
            ) : (
              <SegmentedControl
                aria-label="Parameter of the plot"
                value={parameter}
                onChange={setParameter}
                data={numeric.map((name) => ({ value: name, label: parameterLabel(name) }))}
              />
            )}
            {canCloseUp ? (
              <Switch
                label="Near the best"
                checked={closeUp}
                onChange={(event) => setCloseUp(event.currentTarget.checked)}
              />
            ) : null}
          </Group>
          <TrialPlot {...{ stage, parameter }} closeUp={closeUp && canCloseUp} onOpen={setOpened} />
          {numeric.length < 2 ? null : <PlotLegend standings={standingsIn(stage)} />}
        </section>
      )}
      <ParallelCoordinates stage={stage} names={names} />
      <TrialsTable stage={stage} names={names} onOpen={setOpened} />
      <TrialDrawer {...{ status, stage }} trialIndex={opened} onClose={() => setOpened(null)} />
    </Stack>
  );
}

const STANDINGS: readonly Standing[] = ['best', 'equivalent', 'not-told-apart', 'told-apart', 'not-compared'];

function standingsIn(stage: StageSummary): Standing[] {
  const there = new Set(stage.trials.map(({ index }) => standingOf(stage, index)));
  return STANDINGS.filter((standing) => there.has(standing));
}

function Preflight({ stage }: { stage: StageSummary }) {
  const runs = stage.trials.flatMap(({ runs: each }) => each);
  return (
    <Stack gap="xs">
      {runs.map((run) => (
        <Text key={run.runId}>
          {run.outcome === 'missing' ? 'The check has not run yet.' : (run.reason ?? 'The check passed.')}
        </Text>
      ))}
    </Stack>
  );
}
