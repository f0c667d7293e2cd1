module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  testMatch: ['<rootDir>/**/*.test.mjs'],
  // These tests start processes (Node, linters) and wait for them.
  testTimeout: 120_000,
};
