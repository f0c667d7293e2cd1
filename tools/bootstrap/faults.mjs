// `npm run faults`: sets up, then hands over to the fault suite; arguments after `--` go to it (apps/faults/README.md).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { releaseSignalHandlers } from './processes.mjs';
import { repositoryRoot } from './repository.mjs';
import { printFailure, setup } from './setup.mjs';

try {
  await setup();
  releaseSignalHandlers();
  const main = join(repositoryRoot, 'apps', 'faults', 'dist', 'main.js');
  const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
