// A software bill of materials of one app in CycloneDX 1.5: npm's own list of production packages from the lock file, and
// the native libraries that npm knows nothing of. The same lock file gives the same bytes: no time, no random number.
// `node docker/sbom.mjs WORKSPACE [DIRECTORY]` writes DIRECTORY/sbom.<app>.cdx.json; it runs wherever package-lock.json is.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensorflowWheel } from '../tools/bootstrap/wheels.mjs';

/** npm's list of 300 packages has 400 kB. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * @typedef {{'bom-ref': string, type: string, name: string, version: string, purl?: string, scope?: string,
 *   hashes?: {alg: string, content: string}[], licenses?: unknown[], description?: string}} Component
 * @typedef {{bomFormat: string, specVersion: string, serialNumber?: string, version: number,
 *   metadata: {timestamp?: string, component: Component}, components: Component[],
 *   dependencies: {ref: string, dependsOn: string[]}[]}} Bom
 */

/**
 * @param {string} workspace such as @seedbed/trainer
 * @param {string} root where package-lock.json is
 * @returns {Bom}
 */
export function billOfMaterials(workspace, root) {
  const options = ['--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const npm = process.env['npm_execpath']?.endsWith('.js')
    ? [process.execPath, process.env['npm_execpath']]
    : ['npm'];
  const [command = '', ...first] = npm;
  const text = execFileSync(command, [...first, 'sbom', `--workspace=${workspace}`, ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return completed(JSON.parse(text), workspace);
}

/**
 * npm describes the folder it ran in; what ships is the app. TensorFlow's library comes from a wheel.
 * @param {Bom} bom
 * @param {string} workspace
 * @returns {Bom}
 */
function completed(bom, workspace) {
  const app = bom.components.find((component) => component['bom-ref'].startsWith(`${workspace}@`));
  if (!app) throw new Error(`npm's list has no ${workspace}`);
  const tfjsNode = bom.components.find((component) =>
    component['bom-ref'].startsWith('@tensorflow/tfjs-node@'),
  );
  const native = tfjsNode ? nativeComponents() : [];
  const root = bom.metadata.component['bom-ref'];
  const dependencies = bom.dependencies
    .filter(({ ref }) => ref !== root)
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: ref === tfjsNode?.['bom-ref'] ? [...dependsOn, ...refsOf(native)] : dependsOn,
    }));
  const metadata = { ...bom.metadata };
  delete metadata.timestamp;
  const components = bom.components.filter((component) => component !== app);
  const body = {
    ...bom,
    metadata: { ...metadata, component: { ...app, type: 'application' } },
    components: [...components, ...native],
    dependencies: [...dependencies, ...refsOf(native).map((ref) => ({ ref, dependsOn: [] }))],
  };
  return { ...body, serialNumber: serialNumberOf({ ...body, serialNumber: '' }) };
}

/** @returns {Component[]} */
function nativeComponents() {
  const wheel = tensorflowWheel();
  if (!wheel) return [];
  return [
    {
      'bom-ref': `pypi:${wheel.project}@${wheel.version}`,
      type: 'library',
      name: wheel.project,
      version: wheel.version,
      description: `libtensorflow_cc and libtensorflow_framework out of the wheel for ${wheel.platformTag}`,
      scope: 'required',
      purl: `pkg:pypi/${wheel.project}@${wheel.version}`,
      hashes: [{ alg: 'SHA-256', content: wheel.sha256 }],
      licenses: [{ license: { id: 'Apache-2.0' } }],
    },
  ];
}

/** @param {Component[]} components */
const refsOf = (components) => components.map((component) => component['bom-ref']);

/**
 * A UUID (version 8: made of whatever its maker likes) of the content instead of a random one.
 * @param {unknown} content
 */
function serialNumberOf(content) {
  const digits = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}

/**
 * @param {string} workspace
 * @param {string} directory
 */
function writeBill(workspace, directory) {
  const bom = billOfMaterials(workspace, process.cwd());
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `sbom.${workspace.split('/').at(-1)}.cdx.json`);
  writeFileSync(path, `${JSON.stringify(bom, undefined, 1)}\n`);
  process.stdout.write(`${path}: ${bom.components.length} components\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [workspace, directory = '.'] = process.argv.slice(2);
  if (workspace) writeBill(workspace, directory);
  else {
    const named = JSON.parse(readFileSync('package.json', 'utf8')).name;
    process.stderr.write(`which app of ${named}? For example: node docker/sbom.mjs @seedbed/trainer\n`);
    process.exitCode = 2;
  }
}
