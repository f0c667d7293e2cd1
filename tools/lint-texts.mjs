// Lints texts as if they stood in given files, with the repository's own rules: standard input is a JSON list of
// { "path", "text" }, standard output a JSON list of each one's messages. A process of its own because ESLint loads its
// configuration as an ES module, which jest's CommonJS mode cannot.
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { repositoryRoot } from './bootstrap/repository.mjs';

// In a single run, which CI=true makes typescript-eslint assume, it takes a file's text from the disk, not from us.
process.env['TSESTREE_SINGLE_RUN'] = 'false';

/** @type {{path: string, text: string}[]} */
const requests = JSON.parse(await text(process.stdin));
const eslint = new ESLint({ cwd: repositoryRoot });
const answers = [];
for (const request of requests) {
  const [result] = await eslint.lintText(request.text, { filePath: join(repositoryRoot, request.path) });
  answers.push(result?.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`) ?? []);
}
process.stdout.write(JSON.stringify(answers));
