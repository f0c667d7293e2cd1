// The manifests as they would be applied: valid for the API server, and as strict as k8s/README.md says.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = dirname(__dirname);
const LONG_RUNNING = ['Deployment', 'StatefulSet'];

const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'prepare.mjs')], {
  encoding: 'utf8',
  maxBuffer: 64 << 20,
});
if (stdout === '') throw new Error(`the manifests could not be prepared: ${stderr}`);
/** @type {import('./prepare.mjs').Prepared} */
const { overlays, base, problems, reasons } = JSON.parse(stdout);
for (const reason of reasons) process.stderr.write(`SKIPPED: manifests: ${reason}\n`);
const whereRendered = overlays === null ? describe.skip : describe;
const whereThereAreSchemas = overlays === null || problems === null ? it.skip : it;

/** @typedef {import('./render.mjs').KubernetesObject} KubernetesObject */

/** @param {KubernetesObject[]} objects @param {...string} kinds */
const ofKind = (objects, ...kinds) => objects.filter(({ kind }) => kinds.includes(kind));

/** @param {KubernetesObject[]} objects @returns {{name: string, kind: string, template: any}[]} */
const podTemplates = (objects) =>
  ofKind(objects, ...LONG_RUNNING, 'Job', 'CronJob').map(({ kind, metadata, spec }) => ({
    kind,
    name: metadata['name'],
    template: (spec.jobTemplate?.spec ?? spec).template,
  }));

/** @param {KubernetesObject[]} objects */
const containers = (objects) =>
  podTemplates(objects).flatMap(({ kind, name, template }) =>
    [...(template.spec.initContainers ?? []), ...template.spec.containers].map((container) => ({
      kind,
      name,
      container,
    })),
  );

/** @param {any} selector @param {Record<string, string>} labels */
function selects(selector, labels) {
  const byLabel = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const byExpression = (selector?.matchExpressions ?? []).every(
    (/** @type {any} */ { key, operator, values }) => operator === 'In' && values.includes(labels[key]),
  );
  return byLabel && byExpression;
}

whereRendered.each(Object.keys(overlays ?? { none: [] }))('overlay %s', (overlay) => {
  const objects = overlays?.[overlay] ?? [];

  it('asks for nothing that the restricted standard forbids, and for no more than it needs', () => {
    for (const { template } of podTemplates(objects)) {
      expect(template.spec).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(template.spec.securityContext.runAsUser).toBeGreaterThan(9_999);
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'serviceAccountName'])
        expect(template.spec).not.toHaveProperty(field);
      for (const volume of template.spec.volumes) expect(volume).not.toHaveProperty('hostPath');
    }
    for (const { container } of containers(objects)) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    const [namespace] = ofKind(objects, 'Namespace');
    for (const mode of ['enforce', 'audit', 'warn'])
      expect(namespace?.metadata['labels'][`pod-security.kubernetes.io/${mode}`]).toBe('restricted');
  });

  it('gives nobody rights in the cluster', () => {
    const kinds = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
    expect(ofKind(objects, ...kinds)).toEqual([]);
  });

  it('states requests and limits of everything that can run out', () => {
    for (const { container } of containers(objects)) {
      for (const side of ['requests', 'limits'])
        expect(Object.keys(container.resources[side]).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
    }
    for (const { template } of podTemplates(objects))
      for (const volume of template.spec.volumes)
        if (volume.emptyDir !== undefined) expect(volume.emptyDir).toHaveProperty('sizeLimit');
  });

  it('runs images of one exact build', () => {
    for (const { container } of containers(objects)) {
      expect(container.image).toMatch(
        overlay !== 'local' ? /@sha256:[0-9a-f]{64}$/ : /^localhost\/[a-z-]+:dev$|:\d+\.\d+\.\d+-/,
      );
      expect(container).not.toHaveProperty('imagePullPolicy', 'Always');
    }
  });

  it('watches everything that keeps running, and never restarts it because Redis is away', () => {
    const running = containers(objects).filter(({ kind }) => LONG_RUNNING.includes(kind));
    for (const { container } of running) {
      expect(container).toHaveProperty('livenessProbe');
      expect(container).toHaveProperty('readinessProbe');
      expect(JSON.stringify(container.livenessProbe)).not.toMatch(/ping|readyz|exec/i);
    }
    const paths = running.map(({ container }) => container.livenessProbe.httpGet?.path ?? 'tcp');
    expect(paths.sort()).toEqual(overlay === 'local' ? ['/livez', '/livez', 'tcp'] : ['/livez', '/livez']);
  });

  it('lets only these talk to each other', () => {
    const policies = ofKind(objects, 'NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata['name'] === 'default-deny');
    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const components = podTemplates(objects).map(({ template }) => template.metadata.labels);
    const allowed = policies.flatMap(({ spec }) => {
      const own = components.filter((labels) => selects(spec.podSelector, labels)).map(nameOf);
      return [
        ...peersOf(spec.egress, 'to').flatMap((peer) => own.map((name) => `${name} -> ${peer}`)),
        ...peersOf(spec.ingress, 'from').flatMap((peer) => own.map((name) => `${name} <- ${peer}`)),
      ];
    });
    expect(allowed.sort()).toEqual(ALLOWED[overlay]);
  });

  it('scales trainers from 0 by numbers that the coordinator serves to who has the token', () => {
    const [scaled] = ofKind(objects, 'ScaledObject');
    const [service] = ofKind(objects, 'Service').filter(({ metadata }) =>
      metadata['name'].endsWith('coordinator'),
    );
    const [authentication] = ofKind(objects, 'TriggerAuthentication');
    const { name, namespace } = service?.metadata ?? {};
    const trigger = (/** @type {string} */ valueLocation) => ({
      type: 'metrics-api',
      metricType: 'AverageValue',
      metadata: {
        url: `http://${name}.${namespace}.svc:${service?.spec.ports[0].port}/v1/scale`,
        valueLocation,
        targetValue: '1',
        activationTargetValue: '0',
        authMode: 'bearer',
      },
      authenticationRef: { name: authentication?.metadata['name'] },
    });
    expect(scaled?.spec).toMatchObject({
      scaleTargetRef: { name: 'seedbed-trainer' },
      minReplicaCount: 0,
      triggers: [trigger('trainersWanted'), trigger('trainersTraining')],
    });
    const trainer = ofKind(objects, 'Deployment').find(
      ({ metadata }) => metadata['name'] === 'seedbed-trainer',
    );
    expect(trainer?.spec).not.toHaveProperty('replicas');
    expect(secretNames(objects)).toContain(authentication?.spec.secretTargetRef[0].name);
  });

  it('names only secrets and settings that exist, and none that is in the repository', () => {
    const named = [
      ...JSON.stringify(podTemplates(objects)).matchAll(/"secretKeyRef":\{[^}]*"name":"([^"]+)"/g),
    ];
    expect(named.length).toBeGreaterThan(2);
    for (const [, name] of named) expect(secretNames(objects)).toContain(name);
    const tracked = execFileSync('git', ['ls-files', '.'], { cwd: ROOT, encoding: 'utf8' });
    expect(tracked).not.toMatch(/\.env$|\.acl$|secrets\//m);
  });

  it('lets nodes be drained, 30 % of the trainers at a time', () => {
    const budgets = ofKind(objects, 'PodDisruptionBudget');
    expect(budgets.map(({ spec }) => spec.maxUnavailable)).toEqual(['30%']);
    const trainer = podTemplates(objects).find(({ name }) => name === 'seedbed-trainer');
    expect(selects(budgets[0]?.spec.selector, trainer?.template.metadata.labels)).toBe(true);
  });
});

whereRendered('base', () => {
  it('is made of kinds that every cluster knows, so that it can be applied where nothing else is installed', () => {
    const groups = new Set((base ?? []).map(({ apiVersion }) => apiVersion));
    expect([...groups].sort()).toEqual(['apps/v1', 'networking.k8s.io/v1', 'policy/v1', 'v1']);
    expect(podTemplates(base ?? []).map(({ name }) => name)).toEqual([
      'seedbed-coordinator',
      'seedbed-trainer',
    ]);
  });
});

whereRendered('backup', () => {
  const jobs = ofKind(overlays?.['production'] ?? [], 'CronJob');
  const byName = (/** @type {string} */ name) => jobs.find(({ metadata }) => metadata['name'] === name)?.spec;

  it('is made every night, one at a time, by who may read what the coordinator may', () => {
    expect(byName('seedbed-backup')).toMatchObject({ concurrencyPolicy: 'Forbid', schedule: '17 3 * * *' });
    expect(byName('seedbed-backup')).not.toHaveProperty('suspend');
    const { template } = byName('seedbed-backup').jobTemplate.spec;
    const [{ env }] = template.spec.containers;
    const [coordinator] = secretNames(overlays?.['production'] ?? []).filter((name) =>
      name.startsWith('seedbed-coordinator'),
    );
    expect(env[0].valueFrom.secretKeyRef).toEqual({ name: coordinator, key: 'REDIS_URL' });
  });

  it('is restored only when somebody asks for it, from the same volume', () => {
    expect(byName('seedbed-restore')).toMatchObject({ suspend: true });
    const claims = jobs.map(
      ({ spec }) => spec.jobTemplate.spec.template.spec.volumes[0].persistentVolumeClaim,
    );
    expect(claims).toEqual([{ claimName: 'seedbed-backups' }, { claimName: 'seedbed-backups' }]);
  });
});

whereRendered('monitoring', () => {
  const objects = overlays?.['monitored'] ?? [];
  const rules = ofKind(objects, 'PrometheusRule').flatMap(({ spec }) => spec.groups[0].rules);

  it('asks every pod that has numbers, where they are', () => {
    const monitors = ofKind(objects, 'PodMonitor');
    const asked = monitors.map(({ spec }) => {
      const chosen = containers(objects).filter(({ name }) => {
        const template = podTemplates(objects).find((each) => each.name === name)?.template;
        return selects(spec.selector, template.metadata.labels);
      });
      expect(chosen).toHaveLength(1);
      const { ports, env } = chosen[0]?.container ?? {};
      const { containerPort } = ports.find(
        (/** @type {any} */ { name }) => name === spec.podMetricsEndpoints[0].port,
      );
      expect(env).toContainEqual({ name: 'SEEDBED_METRICS_LISTEN', value: `0.0.0.0:${containerPort}` });
      return chosen[0]?.name;
    });
    expect(asked).toEqual(['seedbed-coordinator', 'seedbed-trainer']);
  });

  it('alerts on numbers that there are, and names the entry of the runbook for each', () => {
    const sources = ['apps/coordinator/src/http/routes-metrics.ts', 'apps/trainer/src/trainer-metrics.ts']
      .map((path) => readFileSync(join(dirname(ROOT), path), 'utf8'))
      .join('');
    const runbook = readFileSync(join(dirname(ROOT), 'docs/operations.md'), 'utf8');
    const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(rules.length).toBeGreaterThan(5);
    for (const { alert, expr, annotations } of rules) {
      for (const [name] of expr.matchAll(/seedbed_[a-z_]+/g))
        expect([alert, sources]).toEqual([
          alert,
          expect.stringContaining(`'${name.replace(/_bucket$/, '')}'`),
        ]);
      expect(anchors).toContain(annotations.runbook.split('#')[1]);
    }
  });
});

whereThereAreSchemas('has no field that Kubernetes does not know, and none of a wrong kind', () => {
  expect(problems).toEqual([]);
});

const namesOf = (/** @type {string[]} */ names) => names.map((name) => `${name} -> k8s-app=kube-dns:53`);
const twice = (/** @type {string[]} */ lines) => [...lines, ...lines];
const CLIENTS_OF_COORDINATOR = [
  'coordinator <- app.kubernetes.io/component=trainer:http',
  'coordinator <- app=keda-operator:http',
  'coordinator <- namespace seedbed-client=true:http',
  'coordinator <- seedbed-client=true:http',
];
const WITH_OWN_SERVER = [
  ...CLIENTS_OF_COORDINATOR,
  'coordinator -> app.kubernetes.io/component=redis:redis',
  ...namesOf(['coordinator', 'fetch-data', 'redis', 'trainer']),
  'fetch-data -> 0.0.0.0/0:443',
  'redis <- app.kubernetes.io/component=coordinator|trainer|backup:redis',
  'trainer -> app.kubernetes.io/component=coordinator:http',
  'trainer -> app.kubernetes.io/component=redis:redis',
].sort();
const WITH_FOREIGN_SERVER = [
  ...CLIENTS_OF_COORDINATOR,
  // Of the jobs that back up and restore.
  ...twice(['backup -> 0.0.0.0/0:6380,26379', ...namesOf(['backup'])]),
  'coordinator -> 0.0.0.0/0:6380,26379',
  ...namesOf(['coordinator', 'fetch-data', 'trainer']),
  'fetch-data -> 0.0.0.0/0:443',
  'trainer -> 0.0.0.0/0:6380,26379',
  'trainer -> app.kubernetes.io/component=coordinator:http',
].sort();

/** @type {Record<string, string[]>} */
const ALLOWED = {
  local: WITH_OWN_SERVER,
  production: WITH_FOREIGN_SERVER,
  monitored: [
    ...WITH_FOREIGN_SERVER,
    'coordinator <- app.kubernetes.io/name=prometheus:metrics',
    'trainer <- app.kubernetes.io/name=prometheus:metrics',
  ].sort(),
};

/** @param {KubernetesObject[]} objects */
const secretNames = (objects) => ofKind(objects, 'Secret').map(({ metadata }) => metadata['name']);

/** @param {Record<string, string>} labels */
const nameOf = (labels) => labels['app.kubernetes.io/component'];

/** @param {any[] | undefined} rules @param {'from' | 'to'} side */
function peersOf(rules = [], side) {
  return rules.flatMap((rule) => {
    const ports = [...new Set(rule.ports.map((/** @type {any} */ { port }) => port))].join(',');
    return rule[side].map((/** @type {any} */ peer) => `${peerName(peer)}:${ports}`);
  });
}

/** @param {any} peer */
function peerName({ ipBlock, podSelector, namespaceSelector }) {
  if (ipBlock !== undefined) return ipBlock.cidr;
  return podSelector === undefined
    ? `namespace ${selectorName(namespaceSelector)}`
    : selectorName(podSelector);
}

/** @param {any} selector */
function selectorName({ matchLabels = {}, matchExpressions = [] }) {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(
    (/** @type {any} */ { key, values }) => `${key}=${values.join('|')}`,
  );
  return [...labels, ...expressions].join(',');
}
