import { Badge, Card, Code, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { formatCount } from '@seedbed/report/plots';
import type { TrainerStatus } from '@seedbed/contracts';
import { useTrainers } from '../queries.js';
import { localTime } from '../words.js';
import { QueryNotice } from './notices.js';

const COLOURS: Readonly<Record<TrainerStatus['state'], string>> = {
  starting: 'yellow',
  idle: 'gray',
  training: 'blue',
  draining: 'orange',
};

export function TrainersPage() {
  const trainers = useTrainers();
  return (
    <Stack>
      <Title order={1} size="h2">
        Trainers
      </Title>
      <QueryNotice query={trainers} what="trainers" />
      {trainers.data?.trainers.length === 0 ? (
        <Text>
          No trainer is alive. Start one with <Code>seedbed trainer</Code>; what waits is trained as soon as
          it is there.
        </Text>
      ) : null}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {trainers.data?.trainers.map((trainer) => (
          <TrainerCard key={trainer.trainerId} trainer={trainer} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function TrainerCard({ trainer }: { trainer: TrainerStatus }) {
  return (
    <Card withBorder component="section" aria-label={trainer.trainerId}>
      <Group justify="space-between">
        <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
          {trainer.trainerId}
        </Title>
        <Badge variant="dot" color={COLOURS[trainer.state]}>
          {trainer.state}
        </Badge>
      </Group>
      <Text size="sm" className="quiet">
        {trainer.host}, {trainer.children} {trainer.children === 1 ? 'child' : 'children'}, since{' '}
        {localTime(trainer.startedAt)}; {trainer.numericsClass ?? 'no backend yet'}
      </Text>
      {trainer.packs.length === 0 ? <Text mt="xs">Trains nothing at this moment.</Text> : null}
      {trainer.packs.map(({ runs, blocks, step, steps }, place) => (
        // Packs have no names; their place is what there is.
        <div key={place}>
          <Text mt="xs" size="sm">
            pack of {runs} networks ({blocks} {blocks === 1 ? 'block' : 'blocks'}), step {formatCount(step)}{' '}
            of {formatCount(steps)}
          </Text>
          <Progress
            value={steps === 0 ? 0 : (100 * step) / steps}
            aria-label={`Pack ${place + 1}: step ${step} of ${steps}`}
          />
        </div>
      ))}
      {trainer.packing === undefined ? null : (
        <Text mt="xs" size="sm" className="quiet">
          packs of up to {trainer.packing.runsMax} networks: {trainer.packing.reason}
        </Text>
      )}
    </Card>
  );
}
