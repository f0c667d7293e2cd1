import { ENGINE_VERSION, type GradientCheckSettings } from '@seedbed/contracts';
import { type Backend, openBackend } from './backend.js';
import { checkGradients } from './gradient-check.js';
import type { Kernels } from './kernels.js';
import { madeUpData } from './training.fixture.js';

const data = madeUpData({ inputs: 300, classes: 10, train: 20, validation: 1 });
const settings: GradientCheckSettings = {
  task: 'gradient-check',
  engine: ENGINE_VERSION,
  data: {
    set: 'cifar10',
    digest: '0'.repeat(64),
    train: { first: 0, count: 20 },
    validation: { first: 20, count: 1 },
    order: { kind: 'file' },
  },
  model: { kind: 'two-layer', hidden: 20 },
  lambda: 0.01,
  samples: 20,
  seed: 1,
};

describe('the gradient check', () => {
  let backend: Backend;
  beforeAll(async () => (backend = await openBackend({})));

  it('passes for the engine’s gradient, every error below 1e-6', () => {
    const before = backend.kernels.liveCount();
    const result = checkGradients(backend, data, settings);
    expect(result.passed).toBe(true);
    for (const errors of [result.native, result.reference]) {
      expect(Object.values(errors.shareBelow1em6)).toEqual([1, 1, 1, 1]);
      for (const error of Object.values(errors.maxError)) expect(error).toBeLessThan(1e-6);
    }
    expect(result.reference.maxError.W1).toBeLessThan(1e-8);
    expect(backend.kernels.liveCount()).toBe(before);
  });

  it('fails for a backend whose ReLU lets a little of the gradient through', () => {
    const leaky = Object.create(backend.kernels, {
      reluGradient: {
        value: (gradient: Parameters<Kernels['relu']>[0]) => backend.kernels.add(gradient, gradient),
      },
    }) as Kernels;
    const result = checkGradients({ ...backend, kernels: leaky }, data, settings);
    expect(result.passed).toBe(false);
    expect(result.native.maxError.W1).toBeGreaterThan(1e-3);
    expect(result.native.maxError.b2).toBeLessThan(1e-6);
  });
});
