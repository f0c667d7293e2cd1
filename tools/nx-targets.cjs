// Gives every project the targets that nx.json describes (targetDefaults), so that no package.json repeats them:
// `test` where there is a jest configuration, `typecheck` and `lint` where there are TypeScript settings for the tests.
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

const TARGET_BY_FILE = { 'jest.config.cjs': ['test'], 'tsconfig.spec.json': ['typecheck', 'lint'] };

exports.name = 'seedbed-targets';
exports.createNodesV2 = [
  '{libs,apps}/*/package.json',
  (packageFiles, _options, { workspaceRoot }) =>
    packageFiles.map((packageFile) => {
      const root = dirname(packageFile);
      const names = Object.entries(TARGET_BY_FILE)
        .filter(([file]) => existsSync(join(workspaceRoot, root, file)))
        .flatMap(([, targets]) => targets);
      return [
        packageFile,
        { projects: { [root]: { targets: Object.fromEntries(names.map((name) => [name, {}])) } } },
      ];
    }),
];
