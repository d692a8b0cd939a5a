import { expect, test } from 'vitest';
import { forPeople, forPrograms } from '../../../pipelines/policy-fix/conceal.ts';
import { renderAnnotations } from '../../../pipelines/policy-fix/formats/annotations.ts';
import { commitMessage } from '../../../pipelines/policy-fix/formats/commit.ts';
import { renderFixMarkdown } from '../../../pipelines/policy-fix/formats/markdown.ts';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import { FixResult } from '../../../pipelines/policy-fix/schema.ts';

const canary = 'q7Xk2mZp9Lw4Tn';
const text = `kind: Deployment\nenv:\n- name: DB_PASS\n  value: ${canary}\nreplicas: 1\n`;
// The name of the variable stands above the hunk.
const diff = `--- a/web.yaml\n+++ b/web.yaml\n@@ -4,2 +4,2 @@\n   value: ${canary}\n-replicas: 1\n+replicas: 2\n`;
const operations = [{ op: 'replace' as const, path: '/env/0/value', value: canary }];
const result = FixResult.parse({
  outcome: 'needs-decision',
  resources: [
    {
      object: { kind: 'Deployment', name: 'web' },
      file: 'web.yaml',
      line: 1,
      outcome: 'needs-decision',
      violations: [
        {
          engine: 'kyverno',
          policy: { kind: 'ClusterPolicy', name: 'no-secret' },
          message: `the value ${canary} is not allowed`,
          fixed: true,
        },
      ],
      decisions: [
        {
          question: 'Which?',
          path: '/env/0/value',
          choices: [{ value: canary, source: 'x', operations, diff }],
          unwritten: [{ value: `other-${canary}`, source: 'x', why: 'a comment would be lost' }],
        },
      ],
      edits: [{ summary: `drop ${canary}`, by: 'rule', changes: [`remove ${canary}`], watch: [`for ${canary}`] }],
      patched: ['web.yaml'],
    },
  ],
  patches: [{ file: 'web.yaml', diff, operations: [{ document: 0, operations }] }],
  verified: { engine: 'kyverno', version: '1', before: 1, after: 0 },
  policyErrors: [],
});

test('what people read holds no secret, and every line of a diff', () => {
  const told = forPeople(result, [{ text }]);
  expect(JSON.stringify(told)).not.toContain(canary);
  expect(told.patches[0]?.diff.split('\n')).toHaveLength(diff.split('\n').length);
  expect(told.patches[0]?.diff).toContain('-replicas: 1\n+replicas: 2\n');
  for (const shown of [
    renderFix(told, { color: false }),
    renderFixMarkdown(told),
    renderAnnotations(told),
    commitMessage(told, 'web.yaml'),
  ]) {
    expect(shown).toContain('no-secret');
    expect(shown).not.toContain(canary);
  }
});

test('what programs take has exact patches and choices, and no secret in its words', () => {
  const taken = forPrograms(result, [{ text }]);
  expect(taken.patches).toEqual(result.patches);
  const [own] = taken.resources;
  expect(own?.decisions).toEqual(result.resources[0]?.decisions);
  expect(JSON.stringify([own?.violations, own?.edits])).not.toContain(canary);
});

test('whose binding it is stays to be seen, beside a password that does not', () => {
  const owned = `${text}subjects:\n- kind: User\n  name: ada@example.com\n`;
  const asked = FixResult.parse(
    JSON.parse(JSON.stringify(result).replaceAll('Which?', `Can User ada@example.com go (${canary})?`)),
  );
  for (const told of [forPeople(asked, [{ text: owned }]), forPrograms(asked, [{ text: owned }])]) {
    const question = told.resources[0]?.decisions[0]?.question;
    expect(question).toContain('User ada@example.com go');
    expect(question).not.toContain(canary);
  }
});

test('a result of files without secrets stays as it is', () => {
  const plain = FixResult.parse(JSON.parse(JSON.stringify(result).replaceAll(canary, 'plain')));
  expect(forPeople(plain, [{ text: text.replace(canary, 'plain').replace('DB_PASS', 'MODE') }])).toEqual(plain);
});

test('a choice that the file does not take stands with the reason, and not as if nothing were known', () => {
  const [resource] = result.resources;
  const only = FixResult.parse({
    ...result,
    resources: [{ ...resource, decisions: resource?.decisions.map((decision) => ({ ...decision, choices: [] })) }],
  });
  for (const shown of [renderFix(only, { color: false }), renderFixMarkdown(only)]) {
    expect(shown).toContain('write it yourself: ');
    expect(shown).toContain('a comment would be lost');
    expect(shown).not.toContain('none of the manifests');
  }
});
