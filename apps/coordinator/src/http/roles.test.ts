import { mayCall } from './roles.js';

it('lets a trainer keep checkpoints, and nobody else of less power', () => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const route = '/v1/checkpoints/:numericsClass/:runId/:step';
    expect(mayCall('trainer', method, route)).toBe(true);
    expect(mayCall('observer', method, route)).toBe(false);
    expect(mayCall('operator', method, route)).toBe(true);
  }
  expect(mayCall('trainer', 'GET', '/v1/checkpointsX')).toBe(false);
});

it('lets nobody of less power write where they may read', () => {
  for (const role of ['trainer', 'observer'] as const) {
    expect(mayCall(role, 'POST', '/v1/scale')).toBe(false);
    expect(mayCall(role, 'PUT', '/v1/data-sets/:dataSet')).toBe(false);
  }
});
