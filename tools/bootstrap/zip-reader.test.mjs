import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { extractMember, readZipDirectory } from './zip-reader.mjs';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'seedbed-zip-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/**
 * Writes a zip archive from the specification's field lists, independently of the reader.
 * @param {{name: string, content: Buffer, stored?: boolean, zip64?: boolean}[]} members
 * @param {string} [comment]
 */
function zip(members, comment = '') {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const { name, content, stored = false, zip64 = false } of members) {
    const data = stored ? content : deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(nameBytes.length, 26);
    local.writeUInt16LE(3, 28); // an extra field that the directory does not have
    locals.push(local, nameBytes, Buffer.from([9, 9, 9]), data);
    const extra = zip64 ? Buffer.alloc(28) : Buffer.alloc(0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(content.length), 4);
      extra.writeBigUInt64LE(BigInt(data.length), 12);
      extra.writeBigUInt64LE(BigInt(offset), 20);
    }
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(stored ? 0 : 8, 10);
    header.writeUInt32LE(crc32(content), 16);
    header.writeUInt32LE(zip64 ? 0xffffffff : data.length, 20);
    header.writeUInt32LE(zip64 ? 0xffffffff : content.length, 24);
    header.writeUInt16LE(nameBytes.length, 28);
    header.writeUInt16LE(extra.length, 30);
    header.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
    central.push(header, nameBytes, extra);
    offset += 30 + nameBytes.length + 3 + data.length;
  }
  const directoryBytes = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directoryBytes, end, Buffer.from(comment)]);
}

const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 251));

test.each([
  ['deflated', { name: 'a/b.so', content: LARGE }],
  ['stored', { name: 'a/b.so', content: LARGE, stored: true }],
  ['with 64-bit sizes', { name: 'a/b.so', content: LARGE, zip64: true }],
  ['empty', { name: 'empty', content: Buffer.alloc(0), stored: true }],
])('extracts a member that is %s', async (_name, member) => {
  const path = join(directory, 'archive.zip');
  writeFileSync(
    path,
    zip([{ name: 'first', content: Buffer.from('first') }, member], 'a comment at the end'),
  );
  const members = await readZipDirectory(path);
  expect(members.map(({ name }) => name)).toEqual(['first', member.name]);
  const found = members[1];
  if (!found) throw new Error('no second member');
  const destination = join(directory, 'out', 'file');
  await extractMember(path, found, destination);
  expect(readFileSync(destination).equals(member.content)).toBe(true);
});

test('a truncated archive is refused', async () => {
  const path = join(directory, 'archive.zip');
  const bytes = zip([{ name: 'a', content: LARGE }]);
  writeFileSync(path, bytes.subarray(0, bytes.length - 30));
  await expect(readZipDirectory(path)).rejects.toThrow('is not a complete zip archive');
});

test('a flipped bit in a member is found by its checksum', async () => {
  const path = join(directory, 'archive.zip');
  const bytes = zip([{ name: 'a', content: LARGE, stored: true }]);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const [member] = await readZipDirectory(path);
  if (!member) throw new Error('no member');
  await expect(extractMember(path, member, join(directory, 'a'))).rejects.toThrow('member a is damaged');
});
