// A software bill of materials of one app in CycloneDX 1.5, from package-lock.json, with the native libraries that npm knows
// nothing of. The same lock file gives the same bytes: no time, no random number.
// `node docker/sbom.mjs DIRECTORY APP LEFT_OUT…` writes DIRECTORY/sbom.<app>.cdx.json; it runs where package-lock.json is.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensorflowWheel } from '../tools/bootstrap/wheels.mjs';
import { dependencyClosure } from './dependency-closure.mjs';

/**
 * @typedef {import('./dependency-closure.mjs').LockEntry} LockEntry
 * @typedef {import('./dependency-closure.mjs').NeededPackage} NeededPackage
 * @typedef {{'bom-ref': string, type: 'application' | 'library', name: string, group?: string, version: string, purl: string,
 *   scope?: 'required' | 'optional', description?: string, hashes?: {alg: string, content: string}[],
 *   licenses?: ({license: {id: string}} | {expression: string})[]}} Component
 * @typedef {{$schema: string, bomFormat: 'CycloneDX', specVersion: '1.5', serialNumber: string, version: 1,
 *   metadata: {component: Component}, components: Component[], dependencies: {ref: string, dependsOn: string[]}[]}} Bom
 */

/** The package that is compiled against TensorFlow's library. */
const NATIVE_USER = '@tensorflow/tfjs-node';
/** Of lock files' integrity. */
const HASH_NAMES = new Map([
  ['sha512', 'SHA-512'],
  ['sha384', 'SHA-384'],
  ['sha256', 'SHA-256'],
  ['sha1', 'SHA-1'],
]);

/**
 * @param {{version?: string, packages: Record<string, LockEntry>}} lock
 * @param {string} app such as @seedbed/trainer
 * @param {readonly string[]} [leftOut] see dependencyClosure
 * @returns {Bom}
 */
export function billOfMaterials(lock, app, leftOut = []) {
  const needed = [...dependencyClosure(lock, app, leftOut).values()];
  const [own, ...others] = needed;
  if (!own) throw new Error(`nothing is known of ${app}`);
  const wheel = others.some(({ name }) => name === NATIVE_USER) ? tensorflowWheel() : undefined;
  const native = wheel ? [nativeComponent(wheel)] : [];
  const dependencies = needed.map(({ path, name, dependsOn }) => ({
    ref: path,
    dependsOn: [
      ...dependsOn,
      ...(name === NATIVE_USER ? native.map((component) => component['bom-ref']) : []),
    ],
  }));
  /** @type {Bom} */
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: '',
    version: 1,
    metadata: { component: { ...componentOf(own), type: 'application' } },
    components: [...others.map(componentOf), ...native],
    dependencies: [
      ...dependencies,
      ...native.map((component) => ({ ref: component['bom-ref'], dependsOn: [] })),
    ],
  };
  return { ...bom, serialNumber: serialNumberOf(bom) };
}

/**
 * @param {NeededPackage} needed
 * @returns {Component}
 */
function componentOf({ path, name, entry }) {
  const [group, plain] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const version = entry.version ?? '';
  return {
    'bom-ref': path,
    type: 'library',
    ...(group && { group }),
    name: plain ?? name,
    version,
    scope: entry.optional ? 'optional' : 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(entry.integrity && { hashes: entry.integrity.split(' ').flatMap(hashOf) }),
    ...(entry.license && { licenses: [licenseOf(entry.license)] }),
  };
}

/**
 * @param {string} integrity one of them: algorithm-base64
 * @returns {{alg: string, content: string}[]}
 */
function hashOf(integrity) {
  const [algorithm = '', digest = ''] = integrity.split(/-(.*)/s);
  const alg = HASH_NAMES.get(algorithm);
  return alg ? [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }] : [];
}

/** @param {string} license an SPDX id, or an expression such as (MIT OR Apache-2.0) */
function licenseOf(license) {
  return / (?:OR|AND|WITH) /.test(license) ? { expression: license } : { license: { id: license } };
}

/**
 * @param {import('../tools/bootstrap/wheels.mjs').Wheel} wheel
 * @returns {Component}
 */
function nativeComponent({ project, version, platformTag, sha256 }) {
  return {
    'bom-ref': `pypi/${project}`,
    type: 'library',
    name: project,
    version,
    description: `libtensorflow_cc and libtensorflow_framework out of the wheel for ${platformTag}`,
    scope: 'required',
    purl: `pkg:pypi/${project}@${version}`,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
  };
}

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

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [directory = '.', app = '', ...leftOut] = process.argv.slice(2);
  const bom = billOfMaterials(JSON.parse(readFileSync('package-lock.json', 'utf8')), app, leftOut);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `sbom.${app.split('/').at(-1)}.cdx.json`);
  writeFileSync(path, `${JSON.stringify(bom, undefined, 1)}\n`);
  process.stdout.write(`${path}: ${bom.components.length} components\n`);
}
