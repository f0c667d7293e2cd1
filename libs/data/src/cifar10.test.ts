/** The real images, where the cache has them: the figures that are published about CIFAR-10 must come out. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './cache-directory.js';
import { ensureCifar10 } from './ensure.js';
import { CIFAR10, filesOf } from './layout.js';

// Real processes and real files take their time on a machine that does other work too.
jest.setTimeout(60_000);

const directory = join(cacheDirectory(), CIFAR10.name);
const isThere = filesOf(CIFAR10).every(
  ({ name }) => statSync(join(directory, name), { throwIfNoEntry: false }) !== undefined,
);
if (!isThere)
  process.stderr.write(`SKIPPED: tests on real images, because ${directory} does not hold CIFAR-10\n`);

(isThere ? describe : describe.skip)('the CIFAR-10 files', () => {
  it('are whole, begin as published, and have the published channel statistics', async () => {
    const files = await ensureCifar10({ source: '', downloads: [], verify: true });
    const sum = [0, 0, 0];
    const squareSum = [0, 0, 0];
    for (const { name } of CIFAR10.trainFiles) {
      const bytes = readFileSync(join(files.directory, name));
      if (name === 'data_batch_1.bin') {
        expect([0, 1, 2, 3, 4].map((image) => bytes[image * 3_073])).toEqual([6, 9, 9, 4, 1]);
        expect([0, 1, 2].map((channel) => bytes[1 + channel * 1_024])).toEqual([59, 62, 63]);
      }
      for (let image = 0; image < 10_000; image += 1) {
        for (let channel = 0; channel < 3; channel += 1) {
          const at = image * 3_073 + 1 + channel * 1_024;
          let planeSum = 0;
          let planeSquareSum = 0;
          for (let pixel = at; pixel < at + 1_024; pixel += 1) {
            planeSum += bytes[pixel]!;
            planeSquareSum += bytes[pixel]! ** 2;
          }
          sum[channel]! += planeSum;
          squareSum[channel]! += planeSquareSum;
        }
      }
    }
    const count = 50_000 * 1_024;
    const means = sum.map((total) => total / count / 255);
    const deviations = squareSum.map((total, i) => Math.sqrt(total / count - (sum[i]! / count) ** 2) / 255);
    expect(means.map((mean) => mean.toFixed(5))).toEqual(['0.49140', '0.48216', '0.44653']);
    expect(deviations.map((sd) => sd.toFixed(5))).toEqual(['0.24703', '0.24349', '0.26159']);
  });
});
