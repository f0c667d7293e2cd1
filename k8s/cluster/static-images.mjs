// Images of one static program each, written as archives that containerd imports: no image builder is needed for these.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { PAUSE_IMAGE } from './node.mjs';

/** Not root, and nobody's. */
const USER = '65532:65532';

export const KEDA_OPERATOR_IMAGE = 'localhost/keda:test';
export const KEDA_ADAPTER_IMAGE = 'localhost/keda-metrics-apiserver:test';
export const COREDNS_IMAGE = 'localhost/coredns:test';

/** The program in the folder of the cluster's programs, its place in the image, the image's name. */
const IMAGES = [
  { program: 'pause', path: 'pause', image: PAUSE_IMAGE },
  { program: 'coredns', path: 'coredns', image: COREDNS_IMAGE },
  { program: 'keda-operator', path: 'keda', image: KEDA_OPERATOR_IMAGE },
  { program: 'keda-adapter', path: 'keda-adapter', image: KEDA_ADAPTER_IMAGE },
];

/**
 * @param {string} programs
 * @param {string} directory an empty or new folder
 * @returns {Promise<string[]>} the archives
 */
export async function writeStaticImages(programs, directory) {
  return Promise.all(
    IMAGES.map(({ program, path, image }) =>
      writeImage({ program: join(programs, program), path, image, directory: join(directory, program) }),
    ),
  );
}

/**
 * The format is that of `docker save`: a list of images, each with its settings and its layers.
 * @param {{program: string, path: string, image: string, directory: string}} request
 */
async function writeImage({ program, path, image, directory }) {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'tmp'), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  copyFileSync(program, join(root, path));
  chmodSync(join(root, path), 0o755);
  await command([
    'tar',
    '--create',
    '--file',
    join(directory, 'layer.tar'),
    '--directory',
    root,
    '--owner=0',
    '--group=0',
    '.',
  ]);
  const digest = createHash('sha256')
    .update(readFileSync(join(directory, 'layer.tar')))
    .digest('hex');
  const settings = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: [`/${path}`], User: USER },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  writeFileSync(join(directory, 'settings.json'), JSON.stringify(settings));
  const list = [{ Config: 'settings.json', RepoTags: [image], Layers: ['layer.tar'] }];
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(list));
  const archive = `${directory}.tar`;
  const members = ['manifest.json', 'settings.json', 'layer.tar'];
  await command(['tar', '--create', '--file', archive, '--directory', directory, ...members]);
  rmSync(directory, { recursive: true });
  return archive;
}
