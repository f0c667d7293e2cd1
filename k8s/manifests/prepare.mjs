// `node k8s/manifests/prepare.mjs` renders the overlays, checks them against the schemas, and prints both as JSON. A program of
// its own, since a test has to know whether it must be skipped before anything asynchronous can have happened.
import { dirname, join } from 'node:path';
import { silentReporter } from '../../tools/bootstrap/reporter.mjs';
import { ensureKubectl } from '../cluster/kubectl.mjs';
import { objectsOf, renderOverlay } from './render.mjs';
import { createValidator, ensureSchemas } from './schemas.mjs';

/**
 * @typedef {object} Prepared
 * @property {Record<string, import('./render.mjs').KubernetesObject[]> | null} overlays null when they cannot be rendered here
 * @property {import('./render.mjs').KubernetesObject[] | null} base what `kubectl apply -k k8s/base` applies; null likewise
 * @property {string[] | null} problems what the schemas find wrong; null when there are none here
 * @property {string[]} reasons for what is null
 */

const OVERLAYS = [
  { name: 'local', hasServer: true },
  { name: 'production', hasServer: false },
  // As somebody uses it who has Prometheus.
  { name: 'production', as: 'monitored', hasServer: false, components: ['monitoring'] },
];
/** KEDA's kinds are checked by its own definitions, on a server (test:cluster); Prometheus' are not. */
const FOREIGN_GROUP = /^keda\.sh\/|^monitoring\.coreos\.com\//;

/** @type {Prepared} */
const prepared = { overlays: null, base: null, problems: null, reasons: [] };
try {
  const kubectl = await ensureKubectl(silentReporter());
  prepared.base = await objectsOf(kubectl, join(dirname(import.meta.dirname), 'base'));
  prepared.overlays = {};
  for (const { name, as = name, ...options } of OVERLAYS)
    prepared.overlays[as] = await renderOverlay(kubectl, dirname(import.meta.dirname), name, options);
} catch (thrown) {
  prepared.reasons.push(`manifests cannot be rendered: ${messageOf(thrown)}`);
}
try {
  const validate = createValidator(await ensureSchemas(silentReporter()));
  const rendered = { base: prepared.base ?? [], ...prepared.overlays };
  prepared.problems = Object.entries(rendered).flatMap(([overlay, objects]) =>
    objects
      .filter(({ apiVersion }) => !FOREIGN_GROUP.test(apiVersion))
      .flatMap((object) =>
        validate(object).map((problem) => `${overlay} ${object.kind} ${object.metadata['name']}: ${problem}`),
      ),
  );
} catch (thrown) {
  prepared.reasons.push(`there are no schemas: ${messageOf(thrown)}`);
}
process.stdout.write(JSON.stringify(prepared));

/** @param {unknown} thrown */
function messageOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
