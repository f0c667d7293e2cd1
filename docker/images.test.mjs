// What can be known of the images without building them: what would be in them, and what builds and starts them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dependencyClosure } from './dependency-closure.mjs';
import { billOfMaterials } from './sbom.mjs';

const ROOT = dirname(__dirname);
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const dockerfile = readFileSync(join(__dirname, 'Dockerfile'), 'utf8');

/** @param {string} app @param {string[]} leftOut */
const namesIn = (app, ...leftOut) =>
  [...dependencyClosure(lock, app, leftOut).values()].map(({ name }) => name);
const tensorflowIn = (/** @type {string[]} */ names) => names.filter((name) => /tensorflow/.test(name));

describe('what an app needs', () => {
  it('is TensorFlow for the trainer, and not for the coordinator or the command line', () => {
    expect(tensorflowIn(namesIn('@seedbed/trainer'))).toContain('@tensorflow/tfjs-node');
    expect(tensorflowIn(namesIn('@seedbed/coordinator'))).toEqual([]);
    expect(tensorflowIn(namesIn('@seedbed/cli', '@seedbed/coordinator', '@seedbed/trainer'))).toEqual([]);
  });

  it('has no package for development', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const names = namesIn('@seedbed/trainer');
    // Two that are tools here are part of what others need at run time.
    const shared = ['@types/node'];
    expect(
      Object.keys(devDependencies).filter((name) => names.includes(name) && !shared.includes(name)),
    ).toEqual([]);
  });

  it('is found as Node finds it: nearest first, links followed, cycles ended, other platforms left out', () => {
    const small = {
      packages: {
        'apps/a': { dependencies: { '@s/l': '*', x: '1' }, optionalDependencies: { elsewhere: '1' } },
        'libs/l': { dependencies: { x: '2' }, peerDependencies: { absent: '1' } },
        'libs/l/node_modules/x': { version: '2.0.0', dependencies: { y: '1' } },
        'node_modules/@s/a': { resolved: 'apps/a', link: true },
        'node_modules/@s/l': { resolved: 'libs/l', link: true },
        'node_modules/x': { version: '1.0.0' },
        'node_modules/y': { version: '1.0.0', dependencies: { x: '1' } },
        'node_modules/elsewhere': { version: '1.0.0', os: ['plan9'] },
        'node_modules/unused': { version: '1.0.0' },
      },
    };
    const closure = dependencyClosure(small, '@s/a');
    expect([...closure.keys()]).toEqual([
      'apps/a',
      'libs/l',
      'node_modules/x',
      'libs/l/node_modules/x',
      'node_modules/y',
    ]);
    expect(closure.get('libs/l')).toMatchObject({ name: '@s/l', dependsOn: ['libs/l/node_modules/x'] });
    expect(() => dependencyClosure(small, '@s/none')).toThrow('package-lock.json has no workspace @s/none');
  });
});

describe.each(['@seedbed/coordinator', '@seedbed/trainer'])('the bill of materials of %s', (app) => {
  const bom = billOfMaterials(lock, app);

  it('has what CycloneDX 1.5 asks for', () => {
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
    expect(bom.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
    for (const component of [bom.metadata.component, ...bom.components]) {
      expect(component.name).not.toBe('');
      expect(component.purl).toMatch(/^pkg:(?:npm|pypi)\/(?:%40[^/@]+\/)?[^/@]+@[^@]+$/);
      for (const { content } of component.hashes ?? []) expect(content).toMatch(/^[0-9a-f]{64,128}$/);
    }
  });

  it('refers only to what it lists, once each, and leaves nothing without a reason to be there', () => {
    const refs = [bom.metadata.component, ...bom.components].map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    expect(bom.dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
    const used = new Set(bom.dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect([...used].filter((ref) => !refs.includes(ref))).toEqual([]);
    expect(refs.slice(1).filter((ref) => !used.has(ref))).toEqual([]);
  });

  it('knows hash and licence of every package that is not ours', () => {
    const foreign = bom.components.filter(({ group }) => group !== '@seedbed');
    expect(foreign.filter(({ hashes }) => !hashes?.length).map(({ purl }) => purl)).toEqual([]);
    expect(foreign.filter(({ licenses }) => !licenses?.length).map(({ purl }) => purl)).toEqual([]);
  });

  it('is the same bytes each time', () => {
    expect(JSON.stringify(billOfMaterials(lock, app))).toBe(JSON.stringify(bom));
  });
});

it('lists the native library, by the checksum that is verified, where it is', () => {
  const [native] = billOfMaterials(lock, '@seedbed/trainer').components.filter(({ purl }) =>
    purl.startsWith('pkg:pypi'),
  );
  expect(native?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{64}$/);
  const purls = billOfMaterials(lock, '@seedbed/coordinator').components.map(({ purl }) => purl);
  expect(purls.filter((purl) => /pypi|tensorflow/.test(purl))).toEqual([]);
});

describe('the Dockerfile', () => {
  it('takes its base from the one argument, or from its own stages', () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(bases.filter((base) => base !== '${NODE_IMAGE}' && !stages.includes(base))).toEqual([]);
  });

  it('names the version of this repository', () => {
    const versions = [...dockerfile.matchAll(/^ARG VERSION=(.+)$/gm)].map((match) => match[1]);
    expect(new Set(versions)).toEqual(new Set([version]));
  });

  it('starts programs by lists of words, so that signals reach them', () => {
    const commands = [...dockerfile.matchAll(/^(?:CMD|ENTRYPOINT) (.+)$/gm)].map((match) => match[1] ?? '');
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) expect(() => JSON.parse(command)).not.toThrow();
  });
});

describe('secrets', () => {
  /** @type {string} */
  let directory;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'seedbed-secrets-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const program = join(__dirname, 'make-secrets.mjs');
  const isBuilt = existsSync(join(ROOT, 'libs', 'queue', 'dist', 'index.js'));
  if (!isBuilt) process.stderr.write('SKIPPED: secrets: libs/queue is not built (run: npm run setup)\n');
  const whereBuilt = isBuilt ? it : it.skip;

  whereBuilt('are new each time, agree with each other, and only their owner can reach them', () => {
    const [first, second] = ['first', 'second'].map((name) => join(directory, name));
    for (const folder of [first, second]) execFileSync(process.execPath, [program, folder ?? '']);
    const read = (/** @type {string | undefined} */ folder, /** @type {string} */ name) =>
      readFileSync(join(folder ?? '', name), 'utf8');
    expect(read(first, 'coordinator.env')).toMatch(
      /^SEEDBED_TOKEN=[0-9a-f]{64}\nSEEDBED_TRAINER_TOKEN=[0-9a-f]{64}\nREDIS_URL=redis:\/\/coordinator:[0-9a-f]{48}@redis:6379\n$/,
    );
    const tokens = [...read(first, 'coordinator.env').matchAll(/TOKEN=([0-9a-f]+)/g)].map(
      ([, token]) => token,
    );
    expect(read(first, 'trainer.env')).toContain(tokens[1]);
    expect(read(first, 'trainer.env')).not.toContain(tokens[0]);
    expect(read(first, 'coordinator.env')).not.toBe(read(second, 'coordinator.env'));
    const acl = read(first, 'users.acl');
    expect(acl).toMatch(/^user default off /);
    const password = /trainer:([0-9a-f]+)@/.exec(read(first, 'trainer.env'))?.[1] ?? '';
    expect(acl).not.toContain(password);
    expect(statSync(first ?? '').mode & 0o777).toBe(0o700);
    expect(statSync(join(first ?? '', 'trainer.env')).mode & 0o777).toBe(0o600);
  });

  whereBuilt('are never replaced by mistake', () => {
    execFileSync(process.execPath, [program, directory]);
    const before = readFileSync(join(directory, 'coordinator.env'), 'utf8');
    const again = spawnSync(process.execPath, [program, directory], { encoding: 'utf8' });
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
    expect(readFileSync(join(directory, 'coordinator.env'), 'utf8')).toBe(before);
  });
});
