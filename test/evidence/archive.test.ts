import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvidence, readTar } from '../../src/evidence/archive.ts';
import { utf16 } from './utf16.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-evidence-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Member {
  name: string;
  text?: string | Buffer;
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

test('gzipped and UTF-16 members of an archive are texts like others', async () => {
  const files = await read([
    { name: 'app.log.gz', text: gzipSync('panic: out of luck') },
    { name: 'pods.txt', text: utf16('NAME  READY') },
    { name: 'core.gz', text: gzipSync(Buffer.from([1, 0, 2])) },
  ]);
  expect(files).toEqual([
    { name: 'app.log.gz', text: 'panic: out of luck' },
    { name: 'pods.txt', text: 'NAME  READY' },
  ]);
});

test('texts of a folder and of standard input may be gzipped, too', async () => {
  const logs = join(folder, 'packed');
  await mkdir(logs);
  await writeFile(join(logs, 'api.log.gz'), gzipSync('one'));
  const stdin = Readable.from([gzipSync(utf16('two'))]);
  expect(await readEvidence([logs, '-'], { stdin })).toEqual([
    { name: 'api.log.gz', text: 'one' },
    { name: 'stdin', text: 'two' },
  ]);
  const binary = Readable.from([gzipSync(Buffer.from([1, 0, 2]))]);
  await expect(readEvidence(['-'], { stdin: binary })).rejects.toMatchObject({ code: 'evidence-unreadable' });
});

test('what a text unpacks to counts against the limit of all of them, wherever it lies', async () => {
  const limits = { files: 5, bytes: 1024 * 1024, depth: 4 };
  const bomb = gzipSync('x'.repeat(20 * 1024 * 1024));
  const half = gzipSync('x'.repeat(600 * 1024));
  const refused = { code: 'archive-refused' };
  await expect(readEvidence(['-'], { stdin: Readable.from([bomb]), limits })).rejects.toMatchObject(refused);
  const bombs = join(folder, 'bombs');
  await mkdir(bombs);
  await Promise.all(['a.gz', 'b.gz'].map((name) => writeFile(join(bombs, name), half)));
  await expect(readEvidence([bombs], { limits })).rejects.toMatchObject(refused);
  await expect(read([{ name: 'a.log.gz', text: bomb }], limits)).rejects.toMatchObject(refused);
});
