// Loads the native kernels as a training child does and ends with an error where they do not work: the trainer itself would
// fall back to WebAssembly, which is right on a person's laptop and wrong in an image that promises native speed.
// `node check-kernels.mjs` in an image, beside apps/ and libs/.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'apps', 'trainer', 'package.json'));
/** @type {{openBackend(): Promise<{name: string, numericsClass: string, fallbackReason: string | null}>}} */
const { openBackend } = require(join(process.cwd(), 'libs', 'model', 'dist', 'index.js'));
const { name, numericsClass, fallbackReason } = await openBackend();
process.stdout.write(`${name}: ${numericsClass}\n`);
if (fallbackReason !== null) {
  process.stderr.write(`the native kernels do not work: ${fallbackReason}\n`);
  process.exitCode = 1;
}
