import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedApart, readEvidenceFiles, readTextFiles } from '../../src/cli/inputs.ts';
import { readEvidence } from '../../src/evidence/archive.ts';
import { utf16 } from '../evidence/utf16.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-inputs-'));
  await mkdir(join(folder, 'logs'));
  await mkdir(join(folder, '.git'));
  await writeFile(join(folder, 'pods.txt'), 'pods');
  await writeFile(join(folder, 'logs', 'api.log'), 'log');
  await writeFile(join(folder, '.git', 'config'), 'hidden');
  await writeFile(join(folder, 'image.bin'), Buffer.from([0x7f, 0x00, 0x01]));
  await symlink('/etc/passwd', join(folder, 'link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('reading inputs', () => {
  it('takes the text files of a folder in name order, without hidden ones, binaries and links', async () => {
    const files = await readTextFiles([folder]);
    expect(namedApart(files)).toEqual([
      { name: 'logs/api.log', text: 'log' },
      { name: 'pods.txt', text: 'pods' },
    ]);
  });

  it('takes of a folder only what counts, and a named file whatever it is called', async () => {
    const files = await readTextFiles([folder, join(folder, 'pods.txt')], (name) => name.endsWith('.log'));
    expect(files.map(({ text }) => text)).toEqual(['log', 'pods']);
  });

  it('opens archives, and refuses one whose member leaves it', async () => {
    const good = join(folder, 'good.tar.gz');
    execFileSync('tar', ['-czf', good, '-C', folder, 'pods.txt', 'logs/api.log']);
    expect(await readEvidenceFiles([good])).toEqual([
      { name: 'pods.txt', text: 'pods' },
      { name: 'logs/api.log', text: 'log' },
    ]);
    const evil = join(folder, 'evil.tar');
    execFileSync('tar', ['-cPf', evil, '-C', join(folder, 'logs'), '../pods.txt']);
    await expect(readEvidenceFiles([evil])).rejects.toMatchObject({ code: 'archive-refused' });
    await Promise.all([rm(good), rm(evil)]);
  });

  it('reads what PowerShell redirects and rotated logs are, and unpacks no bomb', async () => {
    const packed = join(folder, 'app.log.gz');
    const wide = join(folder, 'pods-wide.txt');
    const bomb = join(folder, 'bomb.gz');
    await writeFile(packed, Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]));
    await writeFile(wide, utf16('NAME READY\r\nweb   0/1'));
    await writeFile(bomb, gzipSync('x'.repeat(9 * 1024 * 1024)));
    expect(await readEvidenceFiles([packed, wide])).toEqual([
      { name: 'app.log.gz', text: 'one\ntwo\n' },
      { name: 'pods-wide.txt', text: 'NAME READY\r\nweb   0/1' },
    ]);
    await expect(readEvidenceFiles([bomb])).rejects.toMatchObject({ code: 'archive-refused' });
    await writeFile(packed, gzipSync('one').subarray(0, 12));
    await expect(readEvidenceFiles([packed])).rejects.toMatchObject({
      code: 'evidence-unreadable',
      message: expect.stringContaining('app.log.gz is damaged gzip'),
    });
    await Promise.all([packed, wide, bomb].map((path) => rm(path)));
  });

  it('names what is no text, given by name or in a folder, and reads the rest', async () => {
    const left: string[] = [];
    const mixed = join(folder, 'mixed');
    await mkdir(mixed);
    await writeFile(join(mixed, 'core.1'), Buffer.alloc(64));
    await writeFile(join(mixed, 'a.log'), 'log');
    const files = await readEvidenceFiles([mixed, join(folder, 'image.bin')], (name) => left.push(name));
    expect(files.map(({ text }) => text)).toEqual(['log']);
    expect(left).toEqual([join(mixed, 'core.1'), join(folder, 'image.bin')]);
    await expect(readEvidenceFiles([join(mixed, 'core.1')])).rejects.toThrow(/There is no text to read in .*core\.1/);
    await rm(mixed, { recursive: true });
  });

  it('takes evidence of which nothing is left for none', async () => {
    const empty = join(folder, 'empty.txt');
    await writeFile(empty, ' \n');
    await expect(readEvidenceFiles([empty])).rejects.toMatchObject({
      code: 'evidence-unreadable',
      message: expect.stringContaining('nothing but empty text in'),
    });
    await rm(empty);
  });

  it('follows a link that is named itself, to a file or a folder, and reads a pipe but no device', async () => {
    await symlink(join(folder, 'logs'), join(folder, 'to-folder'));
    await symlink(join(folder, 'pods.txt'), join(folder, 'to-file'));
    const files = await readTextFiles([join(folder, 'to-folder'), join(folder, 'to-file')]);
    expect(files.map(({ text }) => text)).toEqual(['log', 'pods']);
    await rm(join(folder, 'to-folder'));
    await rm(join(folder, 'to-file'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [read] = await Promise.all([readTextFiles([pipe]), writeFile(pipe, 'piped')]);
    expect(read).toEqual([{ name: pipe, text: 'piped' }]);
    await rm(pipe);
    await expect(readTextFiles(['/dev/zero'])).rejects.toThrow('neither a file nor a folder');
  });

  it('marks text that is no UTF-8', async () => {
    const latin = join(folder, 'latin.txt');
    await writeFile(latin, Buffer.from([0x61, 0xe9]));
    expect(await readTextFiles([latin])).toEqual([{ name: latin, text: 'a\ufffd', inexact: true }]);
    await rm(latin);
  });

  it('says what cannot be read', async () => {
    await expect(readTextFiles([join(folder, 'nowhere')])).rejects.toMatchObject({
      code: 'evidence-unreadable',
      message: expect.stringContaining('nowhere cannot be read: there is no such file'),
    });
    await expect(readTextFiles([join(folder, 'image.bin')])).rejects.toThrow('is not a text file');
  });

  it('refuses more than a run takes', async () => {
    const big = join(folder, 'big.log');
    await writeFile(big, Buffer.alloc(8 * 1024 * 1024 + 1, 'x'));
    await expect(readTextFiles([big])).rejects.toMatchObject({ code: 'payload-too-large' });
    await rm(big);
  });

  it('names a single file by its own name', () => {
    expect(namedApart([{ name: '/a/b/c.txt', text: '' }])).toEqual([{ name: 'c.txt', text: '' }]);
    expect(namedApart([{ name: 'stdin', text: '' }])).toEqual([{ name: 'stdin', text: '' }]);
  });

  it('cuts big logs to excerpts while it reads them, in a folder and on standard input, beyond what a run takes', async () => {
    const line = (n: number) => `2026-11-02T09:00:00Z INFO request ${n} served\n`;
    const noise = Array.from({ length: 120_000 }, (_, n) => line(n)).join('');
    const log = `${noise}FATAL no route to db\n${noise}`;
    expect(log.length).toBeGreaterThan(8 * 1024 * 1024);
    const big = join(folder, 'big');
    await mkdir(big);
    await writeFile(join(big, 'api.log'), log);
    await writeFile(join(big, 'pods.txt'), 'pods');
    const [first, second] = await readEvidenceFiles([big]);
    expect(first?.name).toBe('api.log');
    expect(first?.text).toContain('FATAL no route to db');
    expect(first?.text.length).toBeLessThan(100_000);
    expect(first?.excerpt?.gaps.reduce((sum, { lines }) => sum + lines, 0)).toBeGreaterThan(200_000);
    expect(second).toEqual({ name: 'pods.txt', text: 'pods' });
    const stdin = Readable.from([Buffer.from(log.slice(0, 2_000_000)), Buffer.from(log.slice(2_000_000))]);
    const [piped] = await readEvidence(['-'], { stdin });
    expect(piped).toEqual({ ...first, name: 'stdin' });
    await rm(big, { recursive: true });
  });
});
