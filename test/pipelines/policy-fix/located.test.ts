import { describe, expect, it } from 'vitest';
import { type Touched, violationsOf } from '../../../pipelines/policy-fix/outcome.ts';
import { fieldFinder } from '../../../pipelines/policy-fix/sources/find.ts';
import { openWorkspace } from '../../../pipelines/policy-fix/workspace.ts';
import type { Violation } from '../../../src/policy/violation.ts';
import { workload } from './read-only.ts';

const VAP = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: both }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }]
  validations:
    - { expression: object.spec.replicas >= 2, message: one is too few }
    - { expression: 'object.spec.template.spec.containers.all(c, !c.image.endsWith(":latest"))', message: say which }
`;
const KYVERNO = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: both }
spec:
  rules:
    - { name: few, match: { any: [{ resources: { kinds: [Deployment] } }] }, validate: { pattern: { spec: { replicas: '>1' } } } }
    - name: which
      match: { any: [{ resources: { kinds: [Pod] } }] }
      validate: { pattern: { spec: { containers: [{ image: '!*:latest' }] } } }
`;

const REPLICAS: Touched = { place: ['spec', 'replicas'], asked: false };
const IMAGE: Touched = { place: ['spec', 'template', 'spec', 'containers', 0, 'image'], asked: true };
const POINTER = '/spec/template/spec/containers/0/image';

/** Where each of two violations is said to be, of which an edit answers the first and a question the second. */
function pathsOf(policy: string, rules: readonly [string, string], touched: readonly Touched[], kind: string) {
  const manifests = [{ file: 'web.yaml', text: workload('Deployment', 'web') }];
  const workspace = openWorkspace({ manifests, policies: [{ file: 'policy.yaml', text: policy }] });
  const [resource] = workspace.resources;
  if (resource === undefined) throw new Error('no object');
  const before = rules.map(
    (rule, i): Violation => ({
      engine: kind === 'ClusterPolicy' ? 'kyverno' : 'vap',
      policy: { kind, name: 'both' },
      rule,
      message: ['one is too few', 'say which'][i] ?? '',
      resource: 0,
    }),
  );
  const find = fieldFinder(workspace.files);
  return violationsOf(workspace, resource, before, before.slice(1), touched, find).map(({ path, fixed }) => ({
    path,
    fixed,
  }));
}

describe('the field of a violation that names none', () => {
  const expected = [
    { path: '/spec/replicas', fixed: true },
    { path: POINTER, fixed: false },
  ];

  it('is that of its own rule, where a policy has several', () => {
    for (const touched of [
      [REPLICAS, IMAGE],
      [IMAGE, REPLICAS],
    ]) {
      const rules = ['both: validations[0]', 'both: validations[1]'] as const;
      expect(pathsOf(VAP, rules, touched, 'ValidatingAdmissionPolicy')).toEqual(expected);
      expect(pathsOf(KYVERNO, ['few', 'autogen-which'], touched, 'ClusterPolicy')).toEqual(expected);
    }
  });

  it('is that of an edit where it is gone, and of a question where it is left, when nothing else tells', () => {
    const both =
      'object.spec.replicas > 1 && object.spec.template.spec.containers.all(c, c.image != object.metadata.name)';
    const whole = `${VAP.slice(0, VAP.indexOf('    - { expression'))}    - expression: ${both}\n`;
    const rules = ['validations[0]', 'validations[0]'] as const;
    expect(pathsOf(whole, rules, [REPLICAS, IMAGE], 'ValidatingAdmissionPolicy')).toEqual(expected);
  });
});
