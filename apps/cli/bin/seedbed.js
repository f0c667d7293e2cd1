#!/usr/bin/env node
// Starts the built command, or says what to do when there is none yet.
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'main.js');

function explain(what) {
  process.stderr.write(`seedbed: ${what}: run \`npm run setup\` in the repository first\n`);
  process.exitCode = 1;
}

if (!existsSync(main)) {
  explain('not built yet');
} else {
  try {
    require(main);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    explain(`a part is missing (${error.message.split('\n')[0]})`);
  }
}
