import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requestParts } from '../../../src/policy/request-parts.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched, type SourceFile } from './walk.ts';

const review = (operation: string): string => `apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  uid: 3c0b
  operation: ${operation}
  userInfo: { username: miller }
  object:
    apiVersion: v1
    kind: Pod
    metadata: { name: mill, namespace: grain }
    spec:
      containers:
        - name: mill
          image: registry.example.com/mill:4
          tty: true # to look inside
  oldObject:
    apiVersion: v1
    kind: Pod
    metadata: { name: mill, namespace: grain }
    spec:
      containers: [{ name: mill, image: "registry.example.com/mill:3", tty: true }]
`;

const text = readFileSync(
  join(import.meta.dirname, '../../policies/gatekeeper/no-terminals-by-fields/policy.yaml'),
  'utf8',
);
const policy: SourceFile = { file: 'p.yaml', text };
/** The same policy, whose complaint has one condition more. */
const withCondition = (condition: string): SourceFile => ({
  file: 'p.yaml',
  text: text.replace('talks(container)\n', `talks(container)\n          ${condition}\n`),
});

describe('objects in AdmissionReviews', () => {
  beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

  it('are judged as created and mended where they stand; what stood before is left alone', async () => {
    const given = review('UPDATE');
    const result = await fix([{ file: 'r.yaml', text: given }], [policy]);
    expect(result).toMatchObject({
      outcome: 'fixed',
      resources: [{ object: { kind: 'Pod', name: 'mill', path: '/request/object' } }],
      notJudged: [],
      verified: { before: 1, after: 0 },
    });
    expect(patched(given, result, 'r.yaml')).toBe(given.replace('tty: true # to', 'tty: false # to'));
  });

  it.each([
    ['what stood before', 'input.review.oldObject.spec.containers[_].tty', 'UPDATE', 'oldObject'],
    ['who asks', 'not startswith(input.review["userInfo"].username, "system:")', 'CREATE', 'userInfo'],
    ['whether something is new', 'input.review.operation == "UPDATE"', 'UPDATE', 'operation'],
  ])('are not judged by a policy that looks at %s', async (_, condition, operation, looks) => {
    const plain = review('CREATE').replace(/[\s\S]*object:\n([\s\S]*) {2}oldObject[\s\S]*/, '$1');
    const other = plain.replaceAll(/^ {4}/gm, '').replace('name: mill,', 'name: other,');
    const files = [
      { file: 'r.yaml', text: review(operation) },
      { file: 'other.yaml', text: other.replace('tty: true', 'tty: false') },
    ];
    for (const manifests of [files.slice(0, 1), files]) {
      const result = await fix(manifests, [withCondition(condition)]);
      const why = new RegExp(`Pod "mill" in r.yaml was not judged: .* looks at ${looks}`);
      expect(result).toMatchObject({ outcome: 'not-judged', patches: [], verified: { before: 0 } });
      expect(result.notJudged).toEqual([expect.stringMatching(why)]);
      expect(result.resources.map(({ object, outcome }) => [object.name, outcome])).toEqual([
        ...(manifests.length > 1 ? [['other', 'compliant']] : []),
        ['mill', 'not-judged'],
      ]);
    }
  });
});

describe('requestParts', () => {
  const rego = (code: string) => ({ kind: 'ConstraintTemplate', spec: { targets: [{ rego: code }] } });
  const kyverno = (rule: object) => ({ kind: 'ClusterPolicy', spec: { rules: [rule] } });
  const deletions = { key: "{{ request.operation || 'BACKGROUND' }}", operator: 'NotEquals', value: 'DELETE' };

  it.each([
    ['a comment', rego('# not for oldObject or userInfo\nviolation[{"msg": "x"}] { input.review.object.spec }'), []],
    ['words for people', kyverno({ validate: { message: '{{ request.userInfo.username }} may not' } }), []],
    ['deletions, which are told apart', kyverno({ preconditions: { all: [deletions] } }), []],
    [
      'every operation that is asked about',
      { kind: 'ValidatingAdmissionPolicy', spec: { operations: ['CREATE', 'UPDATE'] } },
      [],
    ],
    ['changes alone', { kind: 'ValidatingAdmissionPolicy', spec: { operations: ['UPDATE'] } }, ['operation']],
    ['who asks, by a match', kyverno({ match: { any: [{ subjects: [{ kind: 'User' }] }] } }), ['userInfo']],
    [
      'what stood before, in JMESPath',
      kyverno({ validate: { deny: '{{ request.oldObject.spec.a }}' } }),
      ['oldObject'],
    ],
    ['changes, by a helper', rego('is_update(review) { review.operation == "UPDATE" }'), ['operation']],
  ])('of %s', (_, given, parts) => {
    expect(requestParts(given, 'UPDATE')).toEqual(parts);
  });
});
