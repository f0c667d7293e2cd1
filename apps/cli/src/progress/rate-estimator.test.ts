import { createRateEstimator } from './rate-estimator.js';

test('says nothing before something has moved', () => {
  const rate = createRateEstimator(10_000);
  expect(rate.perSecond()).toBeNull();
  rate.observe(5, 0);
  rate.observe(5, 1_000);
  expect(rate.perSecond()).toBeNull();
});

test('forgets what is older than its window', () => {
  const rate = createRateEstimator(10_000);
  rate.observe(0, 0);
  rate.observe(10_000, 1_000);
  for (let second = 2; second <= 20; second += 1) rate.observe(10_000 + second, second * 1_000);
  expect(rate.perSecond()).toBeCloseTo(1, 5);
});

test('starts over when progress is taken back', () => {
  const rate = createRateEstimator(10_000);
  rate.observe(0, 0);
  rate.observe(1_000, 1_000);
  rate.observe(500, 2_000);
  expect(rate.perSecond()).toBeNull();
  rate.observe(600, 3_000);
  expect(rate.perSecond()).toBe(100);
});
