import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/manifest/diff.ts';

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: busybox
      command: ['sleep', '3600']
    # the one beside it
    - name: proxy
      image: envoy:1.31
`;

describe('unifiedDiff', () => {
  it.each([
    ['plain', POD, POD.replace('busybox', 'busybox:1').replace('kind: Pod', 'kind: Job')],
    ['no line end at the end', 'a: 1\nb: 2', 'a: 1\nb: 3\nc: 4'],
    ['Windows line ends', POD.replaceAll('\n', '\r\n'), POD.replaceAll('\n', '\r\n').replace('busybox', 'b')],
    ['from one line', 'a: 1\n', 'a: 2\n'],
  ])('is what git applies: %s', (_, before, after) => {
    const folder = mkdtempSync(join(tmpdir(), 'opsline-diff-'));
    try {
      const file = join(folder, 'a b.yaml');
      writeFileSync(file, before);
      const env = { PATH: process.env.PATH ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
      execFileSync('git', ['init', '-q'], { cwd: folder, env });
      execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
        cwd: folder,
        env,
        input: unifiedDiff('a b.yaml', before, after),
      });
      expect(readFileSync(file, 'utf8')).toBe(after);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is empty for equal texts and refuses names outside the folder', () => {
    expect(unifiedDiff('a.yaml', 'x', 'x')).toBe('');
    for (const name of ['../a.yaml', '/etc/a', 'a/../../b', 'a\nb', '.git/config', ''])
      expect(() => unifiedDiff(name, 'a', 'b')).toThrow(/relative file name/);
  });
});
