// `npm start`: everything that is needed, then the reproduction of the report. Arguments after `--` go to it.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { releaseSignalHandlers } from './processes.mjs';
import { repositoryRoot } from './repository.mjs';
import { printFailure, setup } from './setup.mjs';

const FORWARDED_SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Hands over to the program: its streams are ours, our signals are its, and its exit code is ours.
 * @param {string[]} argumentList of the `seedbed` command
 * @returns {Promise<number>} exit code
 */
function runSeedbed(argumentList) {
  releaseSignalHandlers();
  const main = join(repositoryRoot, 'apps', 'cli', 'dist', 'main.js');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...argumentList], { stdio: 'inherit', cwd: process.cwd() });
    for (const name of FORWARDED_SIGNALS) {
      process.on(name, () => {
        // A terminal sends Ctrl-C to the child too, and a second one means "at once".
        if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name);
      });
    }
    child.once('error', (error) => {
      process.stderr.write(`could not start ${main}: ${error.message}\n`);
      resolve(1);
    });
    child.once('close', (exitCode, signal) =>
      resolve(exitCode ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
}

try {
  await setup();
  process.exitCode = await runSeedbed(['reproduce', ...process.argv.slice(2)]);
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
