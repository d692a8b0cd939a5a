import { beforeAll, describe, expect, it } from 'vitest';
import type { DraftPolicyFixInput, DraftPolicyFixOutput } from '../../../signatures/draft-policy-fix.ts';
import { DraftPolicyFixOutput as Output } from '../../../signatures/draft-policy-fix.ts';
import type { Predictor } from '../../../src/model/predictor.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched } from './walk.ts';

type Ops = [DraftPolicyFixOutput['firstOperation'], ...DraftPolicyFixOutput['moreOperations']];

/** A predictor whose answers are given; it keeps what it was asked. */
function drafting(...answers: (Ops | 'no answer')[]): Predictor & { asked: DraftPolicyFixInput[] } {
  const asked: DraftPolicyFixInput[] = [];
  return {
    asked,
    model: 'test:drafts',
    requestDigest: (_, input) => `digest-${asked.length}-${JSON.stringify(input).length}`,
    async predict(signature, input) {
      const answer = answers[asked.length] ?? 'no answer';
      asked.push(input as DraftPolicyFixInput);
      if (answer === 'no answer') return { ok: false, reason: 'nothing to say' };
      const call = {
        signature: signature.name,
        model: 'test:drafts',
        parameters: {},
        requestDigest: `r${asked.length}`,
        durationMs: 1,
      };
      const [firstOperation, ...moreOperations] = answer;
      return { ok: true, value: signature.output.parse({ firstOperation, moreOperations }), call };
    },
    close: async () => {},
  };
}

const POLICY = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: localtraffic
spec:
  crd:
    spec:
      names:
        kind: LocalTraffic
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package localtraffic
        exempt { input.review.object.metadata.annotations["acme.example/traffic-exempt"] }
        violation[{"msg": msg}] {
          not exempt
          startswith(input.review.object.spec.type, "Load")
          policy := object.get(input.review.object.spec, "externalTrafficPolicy", "")
          crypto.sha256(policy) != crypto.sha256("Local")
          msg := "externalTrafficPolicy must be Local, so that client addresses survive"
        }
        violation[{"msg": "a service needs a class that finance knows"}] {
          input.review.object.metadata.annotations["acme.example/wants-class"]
          not classed
        }
        classed { count(regex.find_n("^c-", input.review.object.metadata.annotations["acme.example/class"], 1)) == 1 }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: LocalTraffic
metadata:
  name: clients-keep-their-address
spec:
  match:
    kinds:
      - apiGroups: [""]
        kinds: ["Service"]
    excludedNamespaces: ["kube-system"]
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: door   # the front door
  namespace: web
spec:
  type: LoadBalancer
  ports:
    - port: 443
`;
const run = (predictor: Predictor, text = SERVICE) =>
  fix([{ file: 'door.yaml', text }], [{ file: 'p.yaml', text: POLICY }], predictor);
const add = (path: string, value: unknown): Ops[number] => ({ op: 'add', path, valueJson: JSON.stringify(value) });
const GOOD = add('/spec/externalTrafficPolicy', 'Local');

describe('drafts of a model', () => {
  beforeAll(() => program('gator'), BUILD_TIMEOUT_MS);

  it('pass when the engine accepts them, without the operations nobody needs', async () => {
    const result = await run(drafting([add('/spec/sessionAffinity', 'ClientIP'), GOOD]));
    expect(result.outcome).toBe('fixed');
    expect(result.resources[0]?.edits).toMatchObject([{ by: 'model' }]);
    expect(patched(SERVICE, result, 'door.yaml')).toBe(`${SERVICE}  externalTrafficPolicy: Local\n`);
  });

  it.each([
    ['an exemption', [add('/metadata/annotations', { 'acme.example/traffic-exempt': 'true' })], /traffic-exempt/],
    [
      'another namespace',
      [{ op: 'replace', path: '/metadata/namespace', valueJson: '"kube-system"' } as const],
      /metadata\.namespace/,
    ],
    ['another kind', [{ op: 'replace', path: '/kind', valueJson: '"ConfigMap"' } as const], /kind/],
    ['another name', [{ op: 'replace', path: '/metadata/name', valueJson: '"other"' } as const], /metadata\.name/],
    ['a path that is not there', [{ op: 'remove', path: '/spec/nothing', valueJson: '' } as const], /nothing/],
    ['broken JSON', [{ op: 'add', path: '/spec/x', valueJson: '{' } as const], /no valid JSON/],
    ['what the engine refuses', [add('/spec/externalTrafficPolicy', 'Cluster')], /engine still says.*must be Local/s],
  ] as [string, Ops, RegExp][])('that try %s are refused, and the model is told why once', async (_, evil, words) => {
    const predictor = drafting(evil, evil);
    const result = await run(predictor);
    expect(result.outcome).toBe('cannot-fix');
    expect(result.patches).toEqual([]);
    expect(predictor.asked).toHaveLength(2);
    expect(predictor.asked[1]?.lastTry).toMatch(words);
  });

  it('may succeed in the second round', async () => {
    const result = await run(drafting([add('/spec/externalTrafficPolicy', 'Cluster')], [GOOD]));
    expect(result.outcome).toBe('fixed');
  });

  it('become a choice where they made a value up', async () => {
    const text = SERVICE.replace('  type: LoadBalancer\n', '  type: ClusterIP\n').replace(
      '  namespace: web\n',
      '  namespace: web\n  annotations:\n    acme.example/wants-class: "yes"\n',
    );
    const result = await run(drafting([add('/metadata/annotations/acme.example~1class', 'c-7')]), text);
    expect(result.outcome).toBe('needs-decision');
    expect(result.patches).toEqual([]);
    const choices = result.resources[0]?.decisions.flatMap((decision) => decision.choices);
    expect(choices).toMatchObject([{ value: 'c-7', source: expect.stringContaining('model') }]);
  });

  const denied = (message: string, condition: string) => `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: somerule }
spec:
  crd: { spec: { names: { kind: SomeRule } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package somerule
        violation[{"msg": "${message}"}] { ${condition} }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: SomeRule
metadata: { name: some-rule }
`;
  const object = (kind: string, body: string) =>
    `apiVersion: example.com/v1\nkind: ${kind}\nmetadata:\n  name: thing\n${body}`;

  it.each([
    [
      'a number that is only part of another',
      'replicas: 9',
      denied(
        'too many, at most 10 per team of 20',
        'to_number(sprintf("%d", [input.review.object.spec.replicas])) > 8',
      ),
      { op: 'replace', path: '/spec/replicas', valueJson: '0' },
      0,
    ],
    [
      'a name',
      'priorityClassName: none',
      denied('a priority class is missing', 'sprintf("%v", [input.review.object.spec.priorityClassName]) == "none"'),
      { op: 'replace', path: '/spec/priorityClassName', valueJson: '"super-important"' },
      'super-important',
    ],
  ] as [string, string, string, Ops[number], unknown][])(
    'become a choice where they made up %s',
    async (_, spec, policy, operation, value) => {
      const text = object('Thing', `spec:\n  ${spec}\n`);
      const result = await fix([{ file: 'a.yaml', text }], [{ file: 'p.yaml', text: policy }], drafting([operation]));
      expect(result.outcome).toBe('needs-decision');
      expect(result.patches).toEqual([]);
      const choices = result.resources[0]?.decisions.flatMap((decision) => decision.choices);
      expect(choices).toMatchObject([{ value, source: expect.stringContaining('model') }]);
    },
  );

  it('fix with a number that the policy states', async () => {
    const policy = denied(
      'spec.history must be 3 or less',
      'to_number(sprintf("%d", [input.review.object.spec.history])) > 3',
    );
    const text = object('Thing', 'spec:\n  history: 25\n');
    const operation = { op: 'replace', path: '/spec/history', valueJson: '3' } as const;
    const result = await fix([{ file: 'a.yaml', text }], [{ file: 'p.yaml', text: policy }], drafting([operation]));
    expect(result.outcome).toBe('fixed');
    expect(patched(text, result, 'a.yaml')).toBe(text.replace('25', '3'));
  });

  it.each([
    [
      'delete what is judged',
      object('Ingress', 'spec:\n  rules:\n    - path: /admin\n'),
      denied('this path is closed', 'input.review.object.spec.rules[_].path == "/admin"'),
      [{ op: 'remove', path: '/spec/rules', valueJson: '' }],
      /removes or empties spec\.rules/,
    ],
    [
      'delete it and put it back, so that the way back could be left out',
      object('Ingress', 'spec:\n  rules:\n    - path: /admin\n  tier: 1\n'),
      denied('tier or path', 'input.review.object.spec.rules[_].path == "/admin"; input.review.object.spec.tier == 1'),
      [
        { op: 'remove', path: '/spec/rules', valueJson: '' },
        add('/spec/rules', [{ path: '/admin' }]),
        { op: 'replace', path: '/spec/tier', valueJson: '2' },
      ],
      /Not allowed|removes or empties spec\.rules/,
    ],
    [
      'write a hidden secret’s placeholder',
      object('Thing', 'spec:\n  text: a\n'),
      denied('text must be long', 'count(input.review.object.spec.text) < 5'),
      [{ op: 'replace', path: '/spec/text', valueJson: '"[redacted:password#1]"' }],
      /placeholder/,
    ],
  ] as [string, string, string, Ops, RegExp][])('that %s are refused', async (_, text, policy, evil, words) => {
    const predictor = drafting(evil, evil);
    const result = await fix([{ file: 'a.yaml', text }], [{ file: 'p.yaml', text: policy }], predictor);
    expect(result.patches).toEqual([]);
    if (result.outcome !== 'needs-decision') {
      expect(result.outcome).toBe('cannot-fix');
      expect(predictor.asked[1]?.lastTry).toMatch(words);
    }
  });

  it('come from an object whose secrets are hidden', async () => {
    const predictor = drafting();
    const text = object('Thing', 'spec:\n  tier: 1\n  env:\n    - name: DB_PASSWORD\n      value: correct-horse-9f3\n');
    const policy = denied('the tier is closed', 'sprintf("%d", [input.review.object.spec.tier]) == "1"');
    await fix([{ file: 'a.yaml', text }], [{ file: 'p.yaml', text: policy }], predictor);
    expect(predictor.asked[0]?.manifest).toContain('"DB_PASSWORD","value":"[redacted:');
    expect(predictor.asked[0]?.manifest).not.toContain('correct-horse');
  });

  it('are not asked for where rules or people have the answer', async () => {
    const predictor = drafting();
    const result = await run(predictor, SERVICE.replace('LoadBalancer', 'ClusterIP'));
    expect(result.outcome).toBe('compliant');
    expect(predictor.asked).toEqual([]);
  });

  it('leave an honest cannot-fix when there are none', async () => {
    expect((await run(drafting('no answer'))).outcome).toBe('cannot-fix');
  });
});

describe('the signature', () => {
  it('refuses answers of another shape', () => {
    const operation = { op: 'remove', path: '/a', valueJson: null };
    expect(Output.safeParse({ firstOperation: { ...operation, op: 'move' } }).success).toBe(false);
    expect(Output.safeParse({ firstOperation: { ...operation, path: 'a' } }).success).toBe(false);
    expect(Output.safeParse({ moreOperations: [operation] }).success).toBe(false);
    expect(Output.parse({ firstOperation: operation })).toEqual({
      firstOperation: { ...operation, valueJson: '' },
      moreOperations: [],
    });
  });
});
