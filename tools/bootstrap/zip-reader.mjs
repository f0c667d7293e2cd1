// Reads single members of a zip archive (a Python wheel is one) without unpacking the rest.
// Format: PKWARE APPNOTE 6.3, sections 4.3 and 4.4, with the 64-bit extensions; stored and deflated members.
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const END64_LOCATOR_SIGNATURE = 0x07064b50;
const END64_SIGNATURE = 0x06064b50;
const MEMBER_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const END64_LOCATOR_BYTES = 20;
const MEMBER_BYTES = 46;
const LOCAL_BYTES = 30;
/** The comment at the end of an archive has at most this many bytes. */
const COMMENT_MAX_BYTES = 0xffff;
/** A 32-bit field with this value means: look in the 64-bit extension. */
const SEE_EXTENSION = 0xffffffff;
const METHOD_STORED = 0;
const METHOD_DEFLATED = 8;

/**
 * @typedef {{name: string, method: number, crc32: number, compressedBytes: number, bytes: number, offset: number}} ZipMember
 */

/**
 * @param {string} path
 * @returns {Promise<ZipMember[]>}
 * @throws {Error} when the file is not a complete zip archive
 */
export async function readZipDirectory(path) {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tailBytes = Math.min(size, END_BYTES + COMMENT_MAX_BYTES + END64_LOCATOR_BYTES);
    const tail = await readAt(file, size - tailBytes, tailBytes);
    const end = findEnd(tail);
    if (end < 0) throw new Error(`${path} is not a complete zip archive: it has no end record`);
    let count = tail.readUInt16LE(end + 10);
    let directoryBytes = tail.readUInt32LE(end + 12);
    let directoryOffset = tail.readUInt32LE(end + 16);
    const locator = end - END64_LOCATOR_BYTES;
    if (locator >= 0 && tail.readUInt32LE(locator) === END64_LOCATOR_SIGNATURE) {
      const end64 = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56);
      if (end64.readUInt32LE(0) !== END64_SIGNATURE)
        throw new Error(`${path}: its 64-bit end record is damaged`);
      count = Number(end64.readBigUInt64LE(32));
      directoryBytes = Number(end64.readBigUInt64LE(40));
      directoryOffset = Number(end64.readBigUInt64LE(48));
    }
    return parseDirectory(await readAt(file, directoryOffset, directoryBytes), count, path);
  } finally {
    await file.close();
  }
}

/**
 * Writes one member to a new file and checks its length and CRC.
 * @param {string} path the archive
 * @param {ZipMember} member
 * @param {string} destination must not exist; its folders are made
 * @param {(bytes: number) => void} [onBytes]
 */
export async function extractMember(path, member, destination, onBytes) {
  mkdirSync(dirname(destination), { recursive: true });
  const start = await dataOffset(path, member);
  let crc = 0;
  let bytes = 0;
  const measure = new Transform({
    transform(chunk, _encoding, callback) {
      crc = crc32(chunk, crc);
      bytes += chunk.length;
      onBytes?.(chunk.length);
      callback(null, chunk);
    },
  });
  const output = createWriteStream(destination, { flags: 'wx' });
  if (member.compressedBytes === 0) await pipeline([], measure, output);
  else {
    const input = createReadStream(path, {
      start,
      end: start + member.compressedBytes - 1,
      highWaterMark: 1 << 20,
    });
    if (member.method === METHOD_STORED) await pipeline(input, measure, output);
    else await pipeline(input, createInflateRaw({ chunkSize: 1 << 20 }), measure, output);
  }
  if (bytes !== member.bytes || crc !== member.crc32) {
    throw new Error(
      `${path}: member ${member.name} is damaged (${bytes} of ${member.bytes} bytes, CRC ${crc.toString(16)})`,
    );
  }
}

/**
 * @param {Buffer} tail
 * @returns {number} where the end record starts, or -1
 */
function findEnd(tail) {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_SIGNATURE && at + END_BYTES + tail.readUInt16LE(at + 20) <= tail.length)
      return at;
  }
  return -1;
}

/**
 * @param {Buffer} directory
 * @param {number} count
 * @param {string} path
 * @returns {ZipMember[]}
 */
function parseDirectory(directory, count, path) {
  const members = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + MEMBER_BYTES > directory.length || directory.readUInt32LE(at) !== MEMBER_SIGNATURE) {
      throw new Error(`${path}: its directory is damaged at entry ${index}`);
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const extra = directory.subarray(
      at + MEMBER_BYTES + nameBytes,
      at + MEMBER_BYTES + nameBytes + extraBytes,
    );
    const member = {
      name: directory.toString('utf8', at + MEMBER_BYTES, at + MEMBER_BYTES + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc32: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    };
    readExtension(extra, member);
    if (member.method !== METHOD_STORED && member.method !== METHOD_DEFLATED) {
      throw new Error(
        `${path}: member ${member.name} uses compression method ${member.method}, which is not supported`,
      );
    }
    members.push(member);
    at += MEMBER_BYTES + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
  }
  return members;
}

/**
 * Fills in the sizes and the offset that do not fit into 32 bits (extra field 1, in this order, only those needed).
 * @param {Buffer} extra
 * @param {ZipMember} member
 */
function readExtension(extra, member) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    for (const field of /** @type {const} */ (['bytes', 'compressedBytes', 'offset'])) {
      if (member[field] !== SEE_EXTENSION) continue;
      member[field] = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
  }
}

/**
 * The local header repeats the name and may have an extra field of another length than the directory's.
 * @param {string} path
 * @param {ZipMember} member
 */
async function dataOffset(path, member) {
  const file = await open(path);
  try {
    const local = await readAt(file, member.offset, LOCAL_BYTES);
    if (local.readUInt32LE(0) !== LOCAL_SIGNATURE)
      throw new Error(`${path}: member ${member.name} has no header`);
    return member.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {number} position
 * @param {number} length
 */
async function readAt(file, position, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error(`the archive ends early (at byte ${position + bytesRead})`);
  return buffer;
}
