// Steps of a long test: each is announced with its time, the first failure ends the test, and all are counted.
/** @typedef {(name: string, work: () => Promise<string | void>) => Promise<void>} Step */

/**
 * @param {NodeJS.WritableStream} stream
 * @returns {{step: Step, passed: () => number}}
 */
export function createSteps(stream) {
  const startedAt = performance.now();
  let passed = 0;
  /** @type {Step} */
  const step = async (name, work) => {
    const note = (/** @type {string} */ verdict, /** @type {string} */ detail) => {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      stream.write(
        `${verdict} [${String(seconds).padStart(4)} s] ${name}${detail === '' ? '' : `: ${detail}`}\n`,
      );
    };
    try {
      note('ok  ', (await work()) ?? '');
      passed += 1;
    } catch (thrown) {
      note('FAIL', thrown instanceof Error ? thrown.message : String(thrown));
      throw thrown;
    }
  };
  return { step, passed: () => passed };
}
