import { testLooksLine } from './test-looks-line.js';

test('says nothing without a look, and warns of the best of several', () => {
  expect(testLooksLine({ trials: 0, runs: 0 })).toBeNull();
  expect(testLooksLine({ trials: 1, runs: 5 })).toBe(
    'The test set was looked at for 1 trial (5 networks): its accuracy is unbiased.',
  );
  expect(testLooksLine({ trials: 2, runs: 10 })).toMatch(/2 trials \(10 networks\).*highest of them is not/);
});
