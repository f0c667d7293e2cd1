import { rulesOf } from './policy-rules.mjs';

/** @param {string} namespace @param {string} app @param {string} address @param {Record<string, number>} ports */
const pod = (namespace, app, address, ports = {}) => ({ namespace, labels: { app }, address, ports });
const pods = [
  pod('ours', 'server', '10.0.0.1', { redis: 6379 }),
  pod('ours', 'client', '10.0.0.2'),
  pod('theirs', 'client', '10.0.0.3'),
];
const namespaces = new Map([
  ['ours', {}],
  ['theirs', { team: 'b' }],
]);

/** @param {any} spec */
const policy = (spec) => ({ metadata: { namespace: 'ours', name: 'any' }, spec });
const isolate = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });

/** @param {any[]} policies @param {string} name @returns {string[]} the rules of a chain */
function chain(policies, name) {
  const lines = rulesOf({ pods, namespaces, policies }).split('\n');
  const first = lines.indexOf(`  chain ${name} {`) + 1;
  const rules = lines.slice(first, lines.indexOf('  }', first));
  return rules.map((line) => line.trim()).filter((line) => line !== '');
}

it('lets everything through where there is no policy', () => {
  expect(chain([], 'ingress')).toEqual([]);
  expect(chain([], 'egress')).toEqual([]);
});

it('drops what goes to and comes from the pods that a policy selects, and no others', () => {
  expect(chain([isolate], 'ingress')).toEqual(['ip daddr { 10.0.0.1, 10.0.0.2 } drop']);
  expect(chain([isolate], 'egress')).toEqual(['ip saddr { 10.0.0.1, 10.0.0.2 } drop']);
});

it('lets in whom a rule names, at the port that the pod gives that name', () => {
  const rule = { from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port: 'redis' }] };
  const allow = policy({ podSelector: { matchLabels: { app: 'server' } }, ingress: [rule] });
  expect(chain([isolate, allow], 'ingress')[0]).toBe(
    'ip saddr { 10.0.0.2 } ip daddr { 10.0.0.1 } tcp dport 6379 return',
  );
  expect(chain([isolate, allow], 'egress')).toHaveLength(1);
});

it('looks for pods in other namespaces only where a rule names those', () => {
  const peers = [
    { namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: { matchLabels: { app: 'client' } } },
  ];
  const rule = { to: peers, ports: [{ protocol: 'UDP', port: 53 }] };
  const allow = policy({ podSelector: {}, policyTypes: ['Egress'], egress: [rule] });
  expect(chain([isolate, allow], 'egress')).toEqual([
    'ip saddr { 10.0.0.1 } ip daddr { 10.0.0.3 } udp dport 53 return',
    'ip saddr { 10.0.0.2 } ip daddr { 10.0.0.3 } udp dport 53 return',
    'ip saddr { 10.0.0.1, 10.0.0.2 } drop',
  ]);
});

it('refuses a selector that it does not understand, rather than passing it over', () => {
  const expressions = [{ key: 'app', operator: 'NotIn', values: ['client'] }];
  const odd = policy({ podSelector: { matchExpressions: expressions }, policyTypes: ['Ingress'] });
  expect(() => rulesOf({ pods, namespaces, policies: [odd] })).toThrow('NotIn');
});
