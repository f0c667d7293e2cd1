/** Whether this machine can run the whole system; tests that cannot are skipped with the reason printed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, CIFAR10 } from '@seedbed/data';

function missingPrerequisite(): string | null {
  const directory = join(cacheDirectory(), 'cifar10');
  const missing = [...CIFAR10.trainFiles, CIFAR10.testFile].find(
    ({ name }) => !existsSync(join(directory, name)),
  );
  return missing === undefined
    ? null
    : `${missing.name} is not in ${directory} (run: npx seedbed data fetch)`;
}

/** `describe`, or `describe.skip` with a printed reason. */
export function describeSystem(name: string, tests: () => void): void {
  const missing = missingPrerequisite();
  if (missing === null) describe(name, tests);
  else {
    process.stderr.write(`SKIPPED: ${name}: ${missing}\n`);
    describe.skip(name, tests);
  }
}
