// One jest configuration for every project: TypeScript through swc (types are checked by the typecheck target).
// One intra-operation thread, as in a trainer's child: some kernels split their sums by the number of threads.
for (const name of ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'])
  process.env[name] = '1';
process.env.TF_CPP_MIN_LOG_LEVEL = '3';

const { basename } = require('node:path');

// Packages that publish ES modules only; jest's CommonJS mode needs them transformed.
const esModulesOnly = [
  'cookie',
  'content-disposition',
  'fast-png',
  'hyparquet',
  'hyparquet-writer',
  '@observablehq',
  'd3',
  'd3-[a-z-]+',
  'internmap',
  'delaunator',
  'robust-predicates',
  'isoformat',
  'interval-tree-1d',
  'css-select',
  'css-what',
  'domutils',
  'dom-serializer',
  'domelementtype',
  'domhandler',
  'entities',
  'htmlparser2',
  'boolbase',
  'nth-check',
  'cssomnom',
  'html-escaper',
  'uhyphen',
  'linkedom',
];

module.exports = (projectDirectory) => ({
  displayName: basename(projectDirectory),
  rootDir: projectDirectory,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@seedbed/source', 'node', 'require', 'default'] },
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.(t|j|mj|cj)s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join('|')})/)`],
});
