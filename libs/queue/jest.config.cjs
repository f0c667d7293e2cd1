// Tests wait for conditions of real servers and processes; on a loaded machine these take longer than jest's 5 seconds.
module.exports = { ...require('../../jest.preset.cjs')(__dirname), testTimeout: 30_000 };
