/**
 * Loaded by `npm run faults -- --mutate` into the processes under test: replaces one text of one compiled file while it is
 * loaded, so that a guard is gone. SEEDBED_MUTATION: `{"file", "find", "replace"}`; a text that is not there exactly once
 * ends the process, or a guard that has moved would seem to be one that nobody misses.
 */
const Module = require('node:module');

const { file, find, replace } = JSON.parse(process.env.SEEDBED_MUTATION ?? '{}');
const compile = Module.prototype._compile;

Module.prototype._compile = function (content, filename) {
  if (file === undefined || !filename.endsWith(file)) return compile.call(this, content, filename);
  const parts = content.split(find);
  if (parts.length !== 2) throw new Error(`${file} has "${find}" ${parts.length - 1} times; once is needed`);
  return compile.call(this, parts.join(replace), filename);
};
