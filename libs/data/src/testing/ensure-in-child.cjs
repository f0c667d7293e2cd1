// A process of its own that ensures synthetic images. Messages to the parent: {progress}, 'fetching', {done}, {failed}.
// The source delivers only once the parent has sent 'deliver', so that the parent decides who overlaps whom.
const Module = require('node:module');
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

// Runs the TypeScript sources as they are, so that no build is needed before the tests.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const isSource = request.startsWith('.') && request.endsWith('.js') && parent?.filename.endsWith('.ts');
  return resolveFilename.call(this, isSource ? request.replace(/\.js$/, '.ts') : request, parent, ...rest);
};
Module._extensions['.ts'] = (module, filename) => {
  const options = {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  };
  module._compile(transformSync(readFileSync(filename, 'utf8'), { filename, ...options }).code, filename);
};

const { ensureImageFiles } = require('../ensure.ts');
const { syntheticImages } = require('./synthetic-images.ts');

const [cacheDirectory, logPath] = process.argv.slice(2);
const { layout, contents } = syntheticImages();
const source = {
  name: 'synthetic',
  async deliver({ wanted, workDirectory }) {
    appendFileSync(logPath, `${wanted.join(' ')}\n`);
    const order = new Promise((resolve) => process.once('message', resolve));
    process.send('fetching');
    await order;
    for (const name of wanted) writeFileSync(join(workDirectory, name), contents.get(name));
  },
};
const onProgress = (progress) => process.send({ progress });
ensureImageFiles(layout, { cacheDirectory, downloads: [source], onProgress }).then(
  (files) => process.send({ done: files.directory }, () => process.disconnect()),
  (error) => process.send({ failed: String(error) }, () => process.disconnect()),
);
