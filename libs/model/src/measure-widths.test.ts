import { openBackend } from './backend.js';
import { measureWidths } from './measure-widths.js';

it('measures rising widths with the real engine, leaves nothing behind, and takes well below a second', async () => {
  const backend = await openBackend({});
  if (backend.name !== 'tensorflow') {
    process.stderr.write(`SKIPPED: native kernels (${backend.fallbackReason})\n`);
    return;
  }
  const live = backend.kernels.liveCount();
  const widths = measureWidths(backend.kernels);
  expect(backend.kernels.liveCount()).toBe(live);
  // A machine that is very busy measures nothing, which is what the caller has a default for.
  if (widths.length === 0) {
    process.stderr.write('SKIPPED: the measured widths (this machine was too busy to measure any in time)\n');
    return;
  }
  expect(widths.map(({ hiddenUnits }) => hiddenUnits)).toEqual([250, 500, 750, 1000, 1250, 1500, 2000, 2500]);
  for (const { stepMs } of widths) expect(stepMs).toBeGreaterThan(0);
});
