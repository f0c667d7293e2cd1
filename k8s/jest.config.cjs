module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  testMatch: ['<rootDir>/**/*.test.mjs'],
  // The first run on a machine fetches kubectl (37 MB) and the schemas (23 MB).
  testTimeout: 300_000,
};
