import { beforeAll, describe, expect, it } from 'vitest';
import { choosePilots, foresight } from '../../../pipelines/policy-fix/analogy.ts';
import { ENGINES } from '../../../pipelines/policy-fix/judge.ts';
import type { Reducible } from '../../../pipelines/policy-fix/minimise.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { applyOperations } from '../../../src/manifest/patch.ts';
import type { Violation } from '../../../src/policy/violation.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix } from './walk.ts';

const policy = (name: string, pattern: string): string => `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: { name: ${name} }
spec:
  rules:
    - name: ${name}
      match: { any: [{ resources: { kinds: [Pod] } }] }
      validate:
        failureAction: Enforce
        message: ${name}
        ${pattern}
`;
/** Images of `root/` are excused from one rule, which only the pods that run none must obey. */
const POLICIES = [
  policy('unprivileged', 'pattern: { spec: { containers: [{ securityContext: { privileged: false } }] } }'),
  policy(
    'non-root',
    'pattern: { spec: { containers: [{ (image): "!root/*", securityContext: { runAsNonRoot: true } }] } }',
  ),
  policy('one-of-two', 'anyPattern: [{ spec: { hostPID: false } }, { spec: { automountServiceAccountToken: false } }]'),
].map((text, i) => ({ file: `p${i}.yaml`, text }));

const container = (name: string, image: string, context: string): string =>
  `    - name: ${name}\n      image: ${image}/x:1\n      securityContext: ${context}\n`;
const pod = (i: number, ...containers: string[]): string => `apiVersion: v1
kind: Pod
metadata: { name: pod-${i} }  # number ${i}
spec:
  hostPID: true
  containers:
${containers.join('')}`;

const PODS = Array.from({ length: 18 }, (_, i) => {
  const first = container('main', i % 5 === 0 ? 'root' : 'plain', i % 3 === 0 ? '{ privileged: true }' : '{}');
  const second = container('side', i % 4 === 0 ? 'root' : 'plain', i % 2 === 0 ? '{ privileged: false }' : '{}');
  return { file: `pod-${i}.yaml`, text: i % 3 === 2 ? pod(i, first) : pod(i, first, second) };
});

describe('many objects with the same edits', () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  it('each get a patch of their own, of which the engine insists on every operation', {
    timeout: 180_000,
  }, async () => {
    const result = await fix(PODS, POLICIES);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { after: 0 } });
    expect(result.patches).toHaveLength(PODS.length);
    const policies = POLICIES.flatMap(({ file, text }) => parseManifest(file, text).documents.map(({ json }) => json));
    const mutants = result.patches.flatMap(({ file, operations }) => {
      const given = PODS.find((entry) => entry.file === file)?.text ?? '';
      const json = parseManifest(file, given).documents[0]?.json as JsonObject;
      const own = operations.flatMap((entry) => entry.operations);
      return own.map(
        (_, skipped) =>
          applyOperations(
            json,
            own.filter((_, at) => at !== skipped),
          ) as JsonObject,
      );
    });
    expect(mutants.length).toBeGreaterThan(PODS.length);
    const violations = await ENGINES.kyverno.violations({ resources: mutants, policies }, AbortSignal.timeout(120_000));
    const denied = new Set(violations.map(({ resource }) => resource));
    expect([...mutants.keys()].filter((at) => !denied.has(at))).toEqual([]);
  });
});

const violation = (name: string): Violation => ({
  resource: 0,
  engine: 'kyverno',
  policy: { kind: 'ClusterPolicy', name },
  message: name,
});
const edit = (key: string) => ({
  by: 'x',
  summary: key,
  cost: 1,
  edits: [{ op: 'set' as const, path: [key], value: true }],
});
const item = (keys: string[], rules: string[], object = {}): Reducible => ({
  resource: 0,
  object,
  denied: rules.map(violation),
  proposals: keys.map(edit),
  violations: [],
});
const rule = (name: string): string => `kyverno|ClusterPolicy|${name}|`;

describe('pilots', () => {
  it('are all items where they are few, and else those that show something new', () => {
    const few = Array.from({ length: 3 }, () => item(['a'], ['r']));
    expect(choosePilots(few)).toEqual({ pilots: few, followers: [] });
    const odd = item(['a'], ['r'], { a: false });
    const other = item(['a'], ['s']);
    const many = [...Array.from({ length: 9 }, () => item(['a', 'b'], ['r'])), odd, other];
    const { pilots, followers } = choosePilots(many);
    expect(pilots).toEqual([many[0], odd, other]);
    expect(followers).toHaveLength(8);
  });

  it('show which edits a rule wants, and nothing where they disagree', () => {
    const pilot = item(['a', 'b', 'c'], ['r', 's']);
    const [a, b] = pilot.proposals;
    const needed = new Map([
      [a ?? edit(''), [rule('r')]],
      [b ?? edit(''), [rule('s')]],
    ]);
    const foresee = foresight([pilot], [pilot.proposals], [needed]);
    expect(foresee(item(['a', 'b', 'c'], ['r']))?.map(({ proposal }) => proposal.summary)).toEqual(['a']);
    expect(foresee(item(['c'], ['r', 's']))).toEqual([]);
    const contrary = item(['a'], ['r']);
    const torn = foresight([pilot, contrary], [pilot.proposals, contrary.proposals], [needed, new Map()]);
    expect(torn(item(['a'], ['r']))).toBeUndefined();
    expect(torn(item(['b'], ['s']))).toHaveLength(1);
  });
});
