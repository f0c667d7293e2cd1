/** Every stage of a sweep with what is done of it, and how long the rest takes at the speed of the last half minute. */
import { Group, Progress, Stack, Text } from '@mantine/core';
import { formatAccuracy, formatCount, formatDuration } from '@seedbed/report/plots';
import type { StageProgress, SweepStatus } from '@seedbed/contracts';
import { useEffect, useRef, useState } from 'react';

const WINDOW_MS = 30_000;

export function StageProgressList({ status }: { status: SweepStatus }) {
  const secondsLeft = useSecondsLeft(status);
  return (
    <Stack gap="xs" component="section" aria-label="Progress of the stages">
      {status.stages.map((stage) => (
        <div key={stage.stage}>
          <Group justify="space-between" gap="xs">
            <Text fw={600}>{stage.stage}</Text>
            <Text size="sm" className="quiet">
              {wordsOf(stage)}
            </Text>
          </Group>
          <Progress
            value={stage.stepsPlanned === 0 ? 0 : (100 * stage.stepsDone) / stage.stepsPlanned}
            color={stage.deadLetters > 0 ? 'orange' : stage.state === 'completed' ? 'green' : 'blue'}
            aria-label={`${stage.stage}: ${wordsOf(stage)}`}
          />
        </div>
      ))}
      {secondsLeft === null ? null : (
        <Text size="sm" className="quiet">
          {status.state === 'running'
            ? `about ${formatDuration(secondsLeft * 1000)} left of what is planned`
            : ''}
        </Text>
      )}
    </Stack>
  );
}

function wordsOf(stage: StageProgress): string {
  if (stage.state === 'waiting') return 'waits for an earlier stage';
  const parts = [
    stage.state,
    `${formatCount(stage.trials)} ${stage.trials === 1 ? 'trial' : 'trials'}`,
    `${formatCount(stage.committed)} of ${formatCount(stage.planned)} runs`,
  ];
  if (stage.inTraining !== null) parts.push(`in training ${formatAccuracy(stage.inTraining.mean)}`);
  if (stage.deadLetters > 0) parts.push(`${stage.deadLetters} given up`);
  return parts.join(', ');
}

function useSecondsLeft(status: SweepStatus): number | null {
  const samples = useRef<{ done: number; at: number }[]>([]);
  const [left, setLeft] = useState<number | null>(null);
  const done = status.stages.reduce((sum, { stepsDone }) => sum + stepsDone, 0);
  const planned = status.stages.reduce((sum, { stepsPlanned }) => sum + stepsPlanned, 0);
  useEffect(() => {
    const now = performance.now();
    const last = samples.current.at(-1);
    // Taken back (a trainer was lost): a new beginning.
    if (last !== undefined && done < last.done) samples.current = [];
    samples.current = [...samples.current.filter(({ at }) => now - at < WINDOW_MS), { done, at: now }];
    const first = samples.current[0]!;
    const rate = now > first.at ? ((done - first.done) / (now - first.at)) * 1000 : 0;
    setLeft(rate > 0 && planned > done ? (planned - done) / rate : null);
  }, [done, planned]);
  return left;
}
