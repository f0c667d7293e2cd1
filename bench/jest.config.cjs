module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  testMatch: ['<rootDir>/**/*.test.mjs'],
  // The test starts a handful of processes that load TensorFlow.
  testTimeout: 180_000,
};
