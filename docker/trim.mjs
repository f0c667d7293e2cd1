// Takes out of an app's installed packages what no running program reads: source maps, TypeScript, bundles for
// browsers, and the projects that npm listed but did not link. Run once while an image is built, in its /app.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** 211 MB of 345 MB in the trainer's packages are source maps. */
const FOR_TOOLS = /\.(?:map|[cm]?ts|tsx|tsbuildinfo|min\.js\.html)$/;
/** TensorFlow.js ships each package five times over; Node loads the files that package.json calls `main`. */
const BROWSER_BUNDLE = /^tf[a-z-]*\.(?:es2017|fesm)(?:\.min)?\.js$|^tf[a-z-]*\.min\.js$/;

for (const entry of readdirSync('node_modules', { recursive: true, withFileTypes: true })) {
  const isBundle = entry.parentPath.includes('@tensorflow') && BROWSER_BUNDLE.test(entry.name);
  if (entry.isFile() && (FOR_TOOLS.test(entry.name) || isBundle)) rmSync(join(entry.parentPath, entry.name));
}
// npm's own list of what it installed serves npm alone.
rmSync('node_modules/.package-lock.json', { force: true });
for (const name of ['package-lock.json', '.npmrc']) rmSync(name, { force: true });

const linked = new Set(existsSync('node_modules/@seedbed') ? readdirSync('node_modules/@seedbed') : []);
for (const root of ['apps', 'libs']) {
  for (const folder of readdirSync(root)) {
    if (!linked.has(folder)) rmSync(join(root, folder), { recursive: true });
  }
}
