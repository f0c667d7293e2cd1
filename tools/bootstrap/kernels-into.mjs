// `node tools/bootstrap/kernels-into.mjs DIRECTORY`: builds native kernels into a folder of their own and nothing else, for
// images. Unlike setup it has no fallback: an image without native kernels must not come about.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { cacheDirectory } from './cache-directory.mjs';
import { BootstrapFailure } from './failure.mjs';
import { createKernelsFromWheel } from './kernels-from-wheel.mjs';
import { createReporter } from './reporter.mjs';
import { repositoryRoot } from './repository.mjs';
import { printFailure } from './setup.mjs';
import { hasGlibc, platformName, tensorflowWheel } from './wheels.mjs';

/** @param {string | undefined} destination */
async function buildKernels(destination) {
  if (!destination)
    throw new BootstrapFailure('no folder is named', 'call it with the folder for the kernels');
  const wheel = tensorflowWheel();
  if (!wheel || !hasGlibc()) {
    throw new BootstrapFailure(
      `there are no native kernels for ${platformName}${hasGlibc() ? '' : ' without glibc'}`,
      'build on Linux x64 or arm64 from a Debian base',
    );
  }
  const directory = resolve(destination);
  mkdirSync(directory, { recursive: true });
  await createKernelsFromWheel(wheel, directory, {
    root: repositoryRoot,
    cacheDirectory: cacheDirectory(),
    environment: process.env,
    reporter: createReporter(),
    full: false,
  });
}

try {
  await buildKernels(process.argv[2]);
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
