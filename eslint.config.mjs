// Style and architecture as lint rules. The boundaries between projects are the tags of their package.json (nx.tags);
// tools/lint-boundaries.test.mjs proves that each of them bites.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { createProjectGraphAsync } from 'nx/src/devkit-exports.js';
import tseslint from 'typescript-eslint';

// The boundary rule reads the project graph from Nx's cache: in a fresh clone there is none, and the rule would let
// everything pass; later it could be out of date. No background process is needed for that.
process.env['NX_DAEMON'] ??= 'false';
await createProjectGraphAsync({ exitOnError: false });

/** Input and output, which pure libraries leave to their callers. */
const INPUT_OUTPUT_MODULES = [
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'http2',
  'child_process',
  'dgram',
  'tls',
  'dns',
];
const PURE_LIBRARIES = ['libs/search', 'libs/aggregation', 'libs/report', 'libs/contracts'];

const DEEP_IMPORTS = {
  group: ['@seedbed/*/src', '@seedbed/*/src/**', '@seedbed/*/dist', '@seedbed/*/dist/**'],
  message: 'Import what the project exports (its src/index.ts).',
};
const INPUT_OUTPUT = {
  group: INPUT_OUTPUT_MODULES.flatMap((name) => [name, `node:${name}`]),
  message: 'This library is pure: take data in, give data back, and let an app read and write.',
};

/** Who may depend on whom. */
const DEPENDENCY_RULES = [
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:library', onlyDependOnLibsWithTags: ['type:contracts'] },
  {
    allSourceTags: ['type:app', 'scope:coordinator'],
    onlyDependOnLibsWithTags: ['type:library', 'type:contracts'],
  },
  {
    allSourceTags: ['type:app', 'scope:trainer'],
    onlyDependOnLibsWithTags: ['type:library', 'type:contracts'],
  },
  {
    allSourceTags: ['type:app', 'scope:dashboard'],
    onlyDependOnLibsWithTags: ['type:library', 'type:contracts'],
  },
  // The command starts the services on one machine, and the end-to-end tests run everything.
  {
    allSourceTags: ['type:app', 'scope:cli'],
    onlyDependOnLibsWithTags: ['type:app', 'type:library', 'type:contracts'],
  },
  {
    allSourceTags: ['type:app', 'scope:e2e'],
    onlyDependOnLibsWithTags: ['type:app', 'type:library', 'type:contracts'],
  },
  {
    allSourceTags: ['type:app', 'scope:faults'],
    onlyDependOnLibsWithTags: ['type:app', 'type:library', 'type:contracts'],
  },
  { sourceTag: 'platform:neutral', onlyDependOnLibsWithTags: ['platform:neutral'] },
  { sourceTag: 'platform:web', onlyDependOnLibsWithTags: ['platform:neutral', 'platform:web'] },
];

/** Packages that belong to one project; everybody else goes through it. */
const PACKAGE_OWNERS = [
  { packages: ['bullmq', 'ioredis'], owner: 'scope:queue' },
  { packages: ['@tensorflow/*'], owner: 'scope:model' },
];
/** Packages that need Node, banned where code must also run in a browser. */
const NODE_PACKAGES = ['fastify', 'pino', 'pino-pretty', 'tar', 'commander', 'cli-progress'];
const SCOPES = [
  'contracts',
  'search',
  'aggregation',
  'queue',
  'model',
  'data',
  'report',
  'coordinator',
  'trainer',
  'cli',
  'dashboard',
  'e2e',
  'faults',
];
const PACKAGE_RULES = [
  ...SCOPES.map((scope) => ({
    sourceTag: `scope:${scope}`,
    bannedExternalImports: PACKAGE_OWNERS.filter(({ owner }) => owner !== `scope:${scope}`).flatMap(
      ({ packages }) => packages,
    ),
  })),
  { sourceTag: 'platform:neutral', bannedExternalImports: NODE_PACKAGES },
  { sourceTag: 'platform:web', bannedExternalImports: NODE_PACKAGES },
];

/** Of every project that has sources: tsconfig.spec.json is the configuration that contains the tests too. */
function projectConfigurations() {
  return ['libs', 'apps'].flatMap((group) =>
    readdirSync(join(import.meta.dirname, group))
      .map((name) => join(group, name))
      .filter((path) => existsSync(join(import.meta.dirname, path, 'tsconfig.spec.json')))
      .filter((path) =>
        readdirSync(join(import.meta.dirname, path, 'src'), { recursive: true }).some(isTypeScript),
      )
      .map((path) => join(path, 'tsconfig.spec.json')),
  );
}

/** @param {string | Buffer} name */
function isTypeScript(name) {
  return /\.tsx?$/.test(String(name));
}

export default tseslint.config(
  {
    ignores: ['**/dist/**', '**/out/**', '**/node_modules/**', '.nx/**', 'coverage/**', 'tools/fixtures/**'],
  },
  {
    files: ['{libs,apps}/**/*.ts', '{libs,apps}/**/*.tsx'],
    extends: [tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: { project: projectConfigurations(), tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          enforceBuildableLibDependency: false,
          depConstraints: [...DEPENDENCY_RULES, ...PACKAGE_RULES],
        },
      ],
      'no-restricted-imports': ['error', { patterns: [DEEP_IMPORTS] }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false, arguments: false } },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: PURE_LIBRARIES.map((library) => `${library}/src/**/*.ts`),
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [DEEP_IMPORTS, INPUT_OUTPUT] }] },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.recommended],
    rules: { eqeqeq: ['error', 'always', { null: 'ignore' }] },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  prettier,
);
