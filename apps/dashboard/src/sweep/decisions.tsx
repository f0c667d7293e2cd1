import type { Decision } from '@seedbed/contracts';
import { Code, Stack, Text, Title } from '@mantine/core';
import { abbreviateDigest, formatAccuracy, formatParameter, parameterLabel } from '@seedbed/report/plots';

export function Decisions({ decisions }: { decisions: readonly Decision[] }) {
  if (decisions.length === 0) return null;
  return (
    <Stack gap="xs" component="section">
      <Title order={2} size="h3">
        Decisions
      </Title>
      <ol style={{ margin: 0 }}>
        {decisions.map((decision) => (
          <li key={decision.number}>
            <Text component="span">
              {decision.stage}: {outcomeOf(decision)}{' '}
            </Text>
            <Text component="span" className="quiet" size="sm">
              from results with digest <Code>{abbreviateDigest(decision.inputsDigest)}</Code>
            </Text>
          </li>
        ))}
      </ol>
    </Stack>
  );
}

function outcomeOf({ outcome }: Decision): string {
  switch (outcome.kind) {
    case 'best': {
      const values = Object.entries(outcome.parameters)
        .map(([name, value]) => `${parameterLabel(name)} ${formatParameter(name, value)}`)
        .join(', ');
      return `trial ${outcome.trialIndex} (${values}), ${formatAccuracy(outcome.mean)}, by ${outcome.rule}`;
    }
    case 'none':
    case 'failed':
      return outcome.reason;
    case 'passed':
      return 'passed';
    case 'kept':
      return `${outcome.trials.length} trials go on`;
    case 'round': {
      const runs = outcome.additions.reduce((sum, addition) => sum + addition.runs, 0);
      return `round ${outcome.round} (${outcome.cause}): ${runs} more runs in ${outcome.additions.length} trials`;
    }
  }
}
