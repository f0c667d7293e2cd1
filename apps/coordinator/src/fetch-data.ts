/** `node fetch-data.js`: fills the cache with the data sets that a coordinator serves, and ends. For a cluster's one-time job. */
import { coerceError } from '@seedbed/contracts';
import { ensureCifar10 } from '@seedbed/data';

/** A line for every tenth of a download is enough for a log. */
const TENTHS = 10;

async function main(): Promise<void> {
  let told = '';
  const { directory } = await ensureCifar10({
    onProgress: ({ source, phase, bytesDone, bytesTotal }) => {
      const tenth = bytesTotal === null ? 0 : Math.floor((TENTHS * bytesDone) / bytesTotal);
      const line = `${phase} ${source} ${tenth}0 %`;
      if (line !== told) process.stdout.write(`${line}\n`);
      told = line;
    },
  });
  process.stdout.write(`CIFAR-10 is in ${directory}\n`);
}

main().catch((thrown: unknown) => {
  process.stderr.write(`seedbed: the data could not be fetched: ${coerceError(thrown).message}\n`);
  process.exitCode = 1;
});
