import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvidence, readTar } from '../../src/evidence/archive.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-evidence-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Member {
  name: string;
  text?: string;
  type?: 'file' | 'symlink' | 'link' | 'directory' | 'character-device';
  linkname?: string;
}

async function archive(members: readonly Member[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const { name, text = '', type = 'file', linkname } of members) {
    const header = { name, type, ...(linkname === undefined ? {} : { linkname }) };
    pack.entry(header, type === 'file' ? text : '');
  }
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const read = async (members: readonly Member[], limits = { files: 5, bytes: 1000, depth: 4 }) =>
  readTar(Readable.from([await archive(members)]), { gzip: false, limits });

test('texts of an archive come with their names; binary members are left out', async () => {
  const files = await read([
    { name: './a/pods.txt', text: 'NAME READY' },
    { name: 'b.bin', text: 'x\0y' },
    { name: 'a', type: 'directory' },
  ]);
  expect(files).toEqual([{ name: 'a/pods.txt', text: 'NAME READY' }]);
});

test.each<[string, Member[]]>([
  ['a name with ..', [{ name: 'a/../../etc/passwd', text: 'x' }]],
  ['an absolute name', [{ name: '/etc/passwd', text: 'x' }]],
  ['a backslash name', [{ name: '..\\secrets', text: 'x' }]],
  ['a symbolic link', [{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }]],
  ['a hard link', [{ name: 'a', type: 'link', linkname: 'b' }]],
  ['a device', [{ name: 'a', type: 'character-device' }]],
  ['too many files', Array.from({ length: 6 }, (_, index) => ({ name: `f${index}`, text: 'x' }))],
  ['too many bytes', [{ name: 'big', text: 'x'.repeat(1001) }]],
  ['folders too deep', [{ name: 'a/b/c/d/e', text: 'x' }]],
])('%s refuses the whole archive', async (_what, members) => {
  await expect(read(members)).rejects.toMatchObject({ code: 'archive-refused' });
});

test('a bomb is refused while it unpacks, not after', async () => {
  const bomb = gzipSync(await archive([{ name: 'zeros.log', text: 'x'.repeat(20 * 1024 * 1024) }]));
  expect(bomb.length).toBeLessThan(100_000);
  await expect(
    readTar(Readable.from([bomb]), { gzip: true, limits: { files: 5, bytes: 1024 * 1024, depth: 4 } }),
  ).rejects.toMatchObject({ code: 'archive-refused' });
});

test('a damaged archive is unreadable evidence, not a crash', async () => {
  const bytes = gzipSync(await archive([{ name: 'a', text: 'hello' }]));
  await expect(readTar(Readable.from([bytes.subarray(0, 30)]), { gzip: true })).rejects.toMatchObject({
    code: 'evidence-unreadable',
  });
});

test('files, folders, archives and stdin read into one list; links in folders are not followed', async () => {
  await mkdir(join(folder, 'logs'));
  await writeFile(join(folder, 'logs', 'api.log'), 'one');
  await writeFile(join(folder, 'pods.txt'), 'two');
  await symlink('/etc/hostname', join(folder, 'logs', 'link'));
  const packed = join(folder, 'more.tar.gz');
  await writeFile(packed, gzipSync(await archive([{ name: 'events.txt', text: 'three' }])));
  const files = await readEvidence([join(folder, 'logs'), join(folder, 'pods.txt'), packed, '-'], {
    stdin: Readable.from(['four']),
  });
  expect(files).toEqual([
    { name: 'api.log', text: 'one' },
    { name: 'pods.txt', text: 'two' },
    { name: 'events.txt', text: 'three' },
    { name: 'stdin', text: 'four' },
  ]);
  const piped = await readEvidence(['-'], {
    stdin: Readable.from([gzipSync(await archive([{ name: 'x.txt', text: 'five' }]))]),
  });
  expect(piped).toEqual([{ name: 'x.txt', text: 'five' }]);
});

test('a path that is not there says so', async () => {
  await expect(readEvidence([join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'evidence-unreadable' });
});
