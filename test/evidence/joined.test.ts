import { expect, test } from 'vitest';
import { filesWithin, mayHoldFiles } from '../../src/evidence/joined.ts';

const FILES = { 'pods.txt': 'NAME   READY\nweb-0  0/1', 'web-0.log': 'starting\n\nfatal: no key' } as const;
const each = (write: (name: string, text: string) => string) =>
  Object.entries(FILES)
    .map(([name, text]) => write(name, text))
    .join('\n');
const expected = Object.entries(FILES).map(([name, text]) => ({ name: `all.txt/${name}`, text: `${text}\n` }));

test.each([
  each((name, text) => `==> ${name} <==\n${text}\n`),
  each((name, text) => `--- ${name} ---\n${text}\n`),
  each((name, text) => `======== ${name} ========\n\n${text}\n\n`)
    .replaceAll('\n\nNAME', '\nNAME')
    .replaceAll('\n\nstarting', '\nstarting'),
  each((name, text) => `## ${name}\n\n\`\`\`text\n${text}\n\`\`\`\n`),
  each((name, text) => `**${name}**\n\`\`\`\n${text}\n\`\`\`\n`),
  each((name, text) => `This is what \`${name}\` holds:\n\n~~~\n${text}\n~~~\n`),
])('files below their names are read apart (%#)', (text) => {
  expect(mayHoldFiles(text)).toBe(true);
  expect(filesWithin('all.txt', text)?.filter(({ text }) => text.trim() !== '')).toEqual(expected);
});

test('what stands beside fences stays the text, and a fence without a name stays in it', () => {
  const text = 'Hello,\n\n```\n$ kubectl get ns\n```\nand `web-0.log`:\n```\nfatal: no key\n```\nThanks!\n';
  expect(filesWithin('mail.md', text)).toEqual([
    { name: 'mail.md', text: 'Hello,\n\n```\n$ kubectl get ns\n```\nThanks!\n' },
    { name: 'mail.md/web-0.log', text: 'fatal: no key\n' },
  ]);
});

test('tail that follows two files goes to and fro between them', () => {
  const text = '==> a.log <==\none\n\n==> b.log <==\ntwo\n\n==> a.log <==\nthree\n';
  expect(filesWithin('t', text)?.map(({ name, text }) => [name, text])).toEqual([
    ['t/a.log', 'one\nthree\n'],
    ['t/b.log', 'two\n'],
  ]);
});

test('drawn rules may name files without an ending, where the first line is one', () => {
  expect(filesWithin('t', '=== pods ===\nNAME\n=== log ===\nfatal\n')?.map(({ name }) => name)).toEqual([
    't/pods',
    't/log',
  ]);
  expect(filesWithin('t', 'make test\n=== pods ===\nNAME\n=== log ===\nfatal\n')).toBeUndefined();
});

test.each([
  '--- a/deploy.yaml\n+++ b/deploy.yaml\n@@ -1 +1 @@\n-a\n+b\n',
  '---\napiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Service\n',
  '=== RUN   TestCart\n--- FAIL: TestCart (0.00s)\n=== RUN   TestPay\n--- PASS: TestPay (0.00s)\n',
  '==================== FAILURES ====================\n____ test_cart ____\n',
  '=== kubectl get pods ===\nNAME\n=== kubectl get events ===\nLAST SEEN\n',
  '==> app.log <==\nalone\n',
  '```\n$ kubectl get pods\n```\n',
])('any other text holds none (%#)', (text) => {
  expect(filesWithin('x.txt', text)).toBeUndefined();
});
