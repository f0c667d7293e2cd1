import type { SweepStatus } from '@seedbed/contracts';
import { Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type SweepAction } from '../api.js';

const ACTIONS: Readonly<Record<SweepStatus['state'], readonly SweepAction[]>> = {
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  incomplete: ['retry'],
  completed: [],
  failed: [],
  cancelled: [],
};
const LABELS: Readonly<Record<SweepAction, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Retry what was given up',
};

export function SweepActions({ status }: { status: SweepStatus }) {
  const queries = useQueryClient();
  const [isAsking, asking] = useDisclosure(false);
  const acting = useMutation({
    mutationFn: (action: SweepAction) => api.act(status.sweepId, action),
    onSuccess: (next) => queries.setQueryData(['sweep', status.sweepId], next),
  });
  return (
    <div>
      <Group gap="xs">
        {ACTIONS[status.state].map((action) => (
          <Button
            key={action}
            variant="default"
            loading={acting.isPending && acting.variables === action}
            onClick={() => (action === 'cancel' ? asking.open() : acting.mutate(action))}
          >
            {LABELS[action]}
          </Button>
        ))}
      </Group>
      <div role="status">{acting.error === null ? null : <Text c="red.9">{acting.error.message}</Text>}</div>
      <Modal.Root opened={isAsking} onClose={asking.close}>
        <Modal.Overlay />
        <Modal.Content aria-label="Cancel this sweep?">
          <Modal.Body pt="md">
            <Text fw={600} mb="xs">
              Cancel this sweep?
            </Text>
            <Text mb="md">
              What is in training stops. Committed runs stay, and a cancelled sweep cannot be resumed.
            </Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={asking.close}>
                Go on training
              </Button>
              <Button
                color="red"
                onClick={() => {
                  asking.close();
                  acting.mutate('cancel');
                }}
              >
                Cancel the sweep
              </Button>
            </Group>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </div>
  );
}
