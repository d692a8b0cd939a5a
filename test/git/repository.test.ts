import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Repository } from '../../src/git/repository.ts';
import { makeRepository, type TestRepository } from '../helpers/repository.ts';

let repo: TestRepository;
let outside: string;
const { signal } = new AbortController();

beforeEach(() => {
  repo = makeRepository();
  outside = mkdtempSync(join(tmpdir(), 'opsline-outside-'));
});
afterEach(() => {
  repo.remove();
  rmSync(outside, { recursive: true, force: true });
});

const open = (folder = repo.path) => Repository.open(folder, signal);

describe('reading', () => {
  test('files of a commit, whatever the working tree holds', async () => {
    const id = repo.commit('One', { 'a.yaml': 'a: 1\n', 'deep/b.json': '{}', 'program.bin': 'x' });
    repo.write({ 'a.yaml': 'a: 2\n', 'new.yaml': 'new: 1\n' });
    const repository = await open();
    const tree = await repository.tree(id);
    expect([...tree.files.keys()]).toEqual(['a.yaml', 'deep/b.json', 'program.bin']);
    const { texts } = await repository.texts(tree);
    expect(Object.fromEntries(texts)).toEqual({ 'a.yaml': 'a: 1\n', 'deep/b.json': '{}' });
  });

  test('a folder inside a repository is named by its prefix, and paths stay those of the whole', async () => {
    const id = repo.commit('One', { 'deploy/a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    const next = repo.commit('Two', { 'b.yaml': 'b: 2\n' });
    const repository = await open(join(repo.path, 'deploy'));
    expect(repository.prefix).toBe('deploy/');
    expect([...(await repository.tree(id)).files.keys()]).toEqual(['b.yaml', 'deploy/a.yaml']);
    expect(await repository.touching(id, next, ['b.yaml'])).toEqual([next]);
    expect(await repository.touching(id, next, ['deploy/a.yaml'])).toEqual([]);
    const patch = 'diff --git a/b.yaml b/b.yaml\n--- a/b.yaml\n+++ b/b.yaml\n@@ -1 +1 @@\n-b: 2\n+b: 1\n';
    expect(await repository.accepts(next, patch)).toBe(true);
    expect(await repository.accepts(id, patch)).toBe(false);
  });

  test('a commit with its author, date and subject, without what could steer a terminal', async () => {
    const id = repo.commit('Fix \u001b[31mall\n\nand more', { 'a.yaml': 'a: 1\n' });
    const commit = await (await open()).commit(id);
    expect(commit).toMatchObject({ id, parents: [], author: 'Ada Example', subject: 'Fix  [31mall' });
    expect(commit?.date).toMatch(/^2026-01-01T00:\d\d:00\+00:00$/);
  });

  test('revisions are names of commits and nothing else', async () => {
    const id = repo.commit('One', { 'a.yaml': 'a: 1\n' });
    repo.git('tag', 'v1');
    const repository = await open();
    expect(await repository.resolve('HEAD')).toBe(id);
    expect(await repository.resolve('v1')).toBe(id);
    expect(await repository.resolve(id.slice(0, 8))).toBe(id);
    for (const wrong of [
      '',
      'nothing',
      '--all',
      '-h',
      '--output=x',
      'HEAD:a.yaml',
      'HEAD..HEAD',
      'a b',
      'HEAD\nHEAD',
      'v'.repeat(400),
    ])
      expect(await repository.resolve(wrong)).toBeUndefined();
  });

  test('a folder that is none, or in no repository', async () => {
    await expect(open(outside)).rejects.toMatchObject({ code: 'evidence-unreadable' });
    await expect(open(join(outside, 'missing'))).rejects.toMatchObject({ code: 'evidence-unreadable' });
  });

  test('stops when the run is cancelled', async () => {
    repo.commit('One', {});
    await expect(Repository.open(repo.path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('a hostile repository', () => {
  test('starts no program of its own: hooks, monitors, filters, text conversion, signing, pagers, transports', async () => {
    const good = repo.commit('One', {
      'a.yaml': 'a: 1\n',
      '.gitattributes': '*.yaml diff=evil filter=evil merge=evil text eol=crlf\n',
    });
    const marker = join(outside, 'marker');
    const program = join(outside, 'program');
    writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${marker}\ncat\n`);
    chmodSync(program, 0o755);
    const bad = repo.commit('Two', { 'a.yaml': 'a: 2\n' });
    for (const hook of [
      'post-checkout',
      'pre-commit',
      'post-index-change',
      'reference-transaction',
      'fsmonitor-watchman',
      'pre-auto-gc',
    ])
      symlinkSync(program, join(repo.path, '.git/hooks', hook));
    const settings = `[core]\n\tfsmonitor = ${program}\n\thooksPath = ${outside}\n\tpager = ${program}\n\tsshCommand = ${program}\n\teditor = ${program}\n\taskPass = ${program}\n\talternateRefsCommand = ${program}\n\tgitProxy = ${program}\n[diff]\n\texternal = ${program}\n[diff "evil"]\n\ttextconv = ${program}\n\tcommand = ${program}\n[filter "evil"]\n\tclean = ${program}\n\tsmudge = ${program}\n\tprocess = ${program}\n\trequired = true\n[merge "evil"]\n\tdriver = ${program} %O\n[gpg]\n\tprogram = ${program}\n[log]\n\tshowSignature = true\n[alias]\n\tls-tree = !${program}\n\tcat-file = !${program}\n[pager]\n\trev-list = ${program}\n\tls-tree = ${program}\n[credential]\n\thelper = !${program}\n[remote "origin"]\n\turl = ext::${program}\n\tpromisor = true\n\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n`;
    const config = join(repo.path, '.git/config');
    writeFileSync(config, `[core]\n\trepositoryformatversion = 1\n${settings}`);
    symlinkSync(program, join(outside, 'post-index-change'));
    const repository = await open();
    expect(await repository.resolve('HEAD')).toBe(bad);
    const tree = await repository.tree(bad);
    expect((await repository.texts(tree)).texts.get('a.yaml')).toBe('a: 2\n');
    expect(await repository.touching(good, bad, ['a.yaml'])).toEqual([bad]);
    expect((await repository.commit(bad))?.subject).toBe('Two');
    const patch = 'diff --git a/a.yaml b/a.yaml\n--- a/a.yaml\n+++ b/a.yaml\n@@ -1 +1 @@\n-a: 2\n+a: 1\n';
    expect(await repository.accepts(bad, patch)).toBe(true);
    // An object that is not here is not fetched.
    expect(await repository.resolve('0123456789012345678901234567890123456789')).toBeUndefined();
    expect(await repository.commit('0123456789012345678901234567890123456789')).toBeUndefined();
    expect(existsSync(marker)).toBe(false);
    // The trap is a real one: git as people call it springs it.
    try {
      execFileSync('git', ['status'], {
        cwd: repo.path,
        env: { PATH: process.env.PATH ?? '', HOME: outside },
        stdio: 'ignore',
      });
    } catch {
      // What it answers does not matter.
    }
    expect(existsSync(marker)).toBe(true);
  });

  test('the caller cannot be led elsewhere by the environment', async () => {
    const id = repo.commit('One', { 'a.yaml': 'a: 1\n' });
    const before = { ...process.env };
    Object.assign(process.env, {
      GIT_DIR: outside,
      GIT_INDEX_FILE: join(outside, 'index'),
      GIT_TRACE: join(outside, 'trace'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.pager',
      GIT_CONFIG_VALUE_0: 'false',
    });
    try {
      expect(await (await open()).resolve('HEAD')).toBe(id);
    } finally {
      for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
    }
    expect(existsSync(join(outside, 'trace'))).toBe(false);
  });

  test('names that are options, lines or magic; links, submodules, large and binary files', async () => {
    const target = join(outside, 'secret.yaml');
    writeFileSync(target, 'password: outside\n');
    repo.write({ 'plain.yaml': 'a: 1\n' });
    symlinkSync(target, join(repo.path, 'link.yaml'));
    symlinkSync(outside, join(repo.path, 'folder'));
    const inner = join(repo.path, 'module');
    mkdirSync(inner);
    execFileSync('git', ['init', '-q', inner]);
    execFileSync(
      'git',
      ['-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-q', '--allow-empty', '-m', 'x'],
      { cwd: inner },
    );
    const good = repo.commit('One', {
      '--help.yaml': 'a: 1\n',
      ':(glob)**.yaml': 'a: 1\n',
      'new\nline.yaml': 'a: 1\n',
      'large.yaml': `a: ${'x'.repeat(1_100_000)}\n`,
      'binary.yaml': 'a\u0000b',
    });
    writeFileSync(join(repo.path, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe4, 0x0a]));
    const bad = repo.commit('Two', { '--help.yaml': 'a: 2\n', ':(glob)**.yaml': 'a: 2\n' });
    const repository = await open();
    const tree = await repository.tree(bad);
    const { texts, leftOut } = await repository.texts(tree);
    expect([...texts.keys()].sort()).toEqual(['--help.yaml', ':(glob)**.yaml', 'plain.yaml']);
    const said = [...tree.leftOut, ...leftOut].join('\n');
    for (const what of [
      'submodule "module"',
      'symbolic link "link.yaml"',
      'new\\nline.yaml',
      '"large.yaml" (1100004 bytes)',
      'binary.yaml',
      'latin.yaml',
    ])
      expect(said).toContain(what);
    expect(await repository.touching(good, bad, ['--help.yaml'])).toEqual([bad]);
    expect(await repository.touching(good, bad, [':(glob)**.yaml'])).toEqual([bad]);
    expect(await repository.touching(good, bad, ['plain.yaml'])).toEqual([]);
  });

  test('a patch is tried without touching tree, index or objects', async () => {
    const id = repo.commit('One', { 'a.yaml': 'a: 1\n' });
    repo.write({ 'a.yaml': 'a: mine\n' });
    const before = repo.git('status', '--porcelain') + repo.git('count-objects', '-v');
    const patch = (path: string) =>
      `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a: 1\n+a: 2\n`;
    const repository = await open();
    expect(await repository.accepts(id, patch('a.yaml'))).toBe(true);
    for (const path of ['../outside.yaml', '.git/config', 'b.yaml'])
      expect(await repository.accepts(id, patch(path))).toBe(false);
    expect(repo.git('status', '--porcelain') + repo.git('count-objects', '-v')).toBe(before);
  });
});
