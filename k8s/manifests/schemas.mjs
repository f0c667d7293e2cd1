// Strict schemas of Kubernetes' own objects: a misspelt field is an error. They come with a package of Python's index, from
// which only the schemas are kept; a server would do the same check (test:cluster asks a real one).
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { ensureEntry } from '../../tools/bootstrap/cache-entry.mjs';
import { downloadWheel } from '../../tools/bootstrap/pip.mjs';
import { extractMember, readZipDirectory } from '../../tools/bootstrap/zip-reader.mjs';

const WHEEL = {
  project: 'kubernetes-validate',
  version: '1.37.0',
  platformTag: 'any',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
  bytes: 22_560_767,
};
/** The oldest version that the manifests are promised for. */
const KUBERNETES = '1.33';
const SCHEMA_FOLDER = `kubernetes_validate/kubernetes-json-schema/v${KUBERNETES}.0-local-strict/`;
const DEFINITIONS = '_definitions.json';

/**
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<string>} a folder of schemas
 */
export async function ensureSchemas(reporter) {
  const request = {
    cacheDirectory: cacheDirectory(),
    name: `kubernetes-schemas-${KUBERNETES}-${WHEEL.sha256.slice(0, 12)}`,
    part: 'schemas',
    reporter,
  };
  const { directory } = await ensureEntry(request, async (folder) => {
    const wheel = await downloadWheel(WHEEL, join(folder, 'wheel'), {
      environment: process.env,
      reporter,
      part: 'schemas',
    });
    for (const member of await readZipDirectory(wheel))
      if (member.name.startsWith(SCHEMA_FOLDER) && member.name.endsWith('.json'))
        await extractMember(wheel, member, join(folder, basename(member.name)));
    rmSync(join(folder, 'wheel'), { recursive: true });
    return { version: WHEEL.version };
  });
  return directory;
}

/**
 * @param {string} directory of schemas
 * @returns {(object: import('./render.mjs').KubernetesObject) => string[]} what is wrong
 */
export function createValidator(directory) {
  // Formats such as int32 are Go's, and the definitions are 1.4 MB of keywords that need no second opinion.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(JSON.parse(readFileSync(join(directory, DEFINITIONS), 'utf8')));
  return (object) => {
    const file = join(directory, schemaFile(object));
    if (!existsSync(file)) return [`no schema for ${object.apiVersion} ${object.kind}`];
    const schema = JSON.parse(readFileSync(file, 'utf8'));
    const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
    validate(object);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/**
 * `apps/v1` Deployment is in deployment-apps-v1.json; of a group such as networking.k8s.io the first word counts.
 * @param {import('./render.mjs').KubernetesObject} object
 */
function schemaFile({ apiVersion, kind }) {
  const [version = '', group] = apiVersion.split('/').reverse();
  const words = [kind, ...(group === undefined ? [] : [group.split('.')[0]]), version];
  return `${words.join('-').toLowerCase()}.json`;
}
