import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyEdits } from '../../../pipelines/policy-fix/edits.ts';
import { editsBetween } from '../../../pipelines/policy-fix/fixers/kyverno-mutate.ts';
import { renderAnnotations } from '../../../pipelines/policy-fix/formats/annotations.ts';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { kyverno } from '../../../src/policy/kyverno.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched } from './walk.ts';

const read = (name: string, file: string) => ({
  file,
  text: readFileSync(join(import.meta.dirname, '../../policies/kyverno', name, file), 'utf8'),
});
const POD = `apiVersion: v1
kind: Pod
metadata: { name: one, namespace: lab }
spec:
  hostPID: true
  containers:
    - name: c
      image: registry.example.com/c:1
`;
const rule = (name: string, body: string): string => `    - name: ${name}
      match: { any: [{ resources: { kinds: [Pod] } }] }
      ${body}
`;
const policy = (...rules: string[]): { file: string; text: string } => ({
  file: 'p.yaml',
  text: `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: many }\nspec:\n  rules:\n${rules.join('')}`,
});
const PID = rule(
  'pid',
  'validate: { failureAction: Enforce, message: not shared, pattern: { spec: { =(hostPID): false } } }',
);
const SIGNED = rule(
  'signed',
  'verifyImages: [{ imageReferences: ["*"], attestors: [{ entries: [{ keys: { publicKeys: x } }] }] }]',
);

describe("Kyverno's other rules", () => {
  beforeAll(() => program('kyverno'), BUILD_TIMEOUT_MS);

  it('that mutate are where edits come from, but for what nothing insists on', { timeout: 120_000 }, async () => {
    const [manifest, policies] = [read('mutate-rules', 'denied.yaml'), [read('mutate-rules', 'policy.yaml')]];
    const result = await fix([manifest], policies);
    expect(result.resources[0]?.edits.every(({ by }) => by === 'kyverno-mutate')).toBe(true);
    const after = patched(manifest.text, result, manifest.file);
    expect(after).toContain('priorityClassName: house-standard');
    expect(after.match(/terminationMessagePolicy: FallbackToLogsOnError/g)).toHaveLength(2);
    expect(after).not.toContain('seen-by');
  });

  it('of a precondition name no label that would take the object out of sight', { timeout: 120_000 }, async () => {
    const body = `preconditions: { all: [{ key: "{{ request.object.metadata.labels.tier || 'none' }}", operator: Equals, value: none }] }
      validate: { failureAction: Enforce, message: no label tier here, deny: { conditions: [{ key: "{{ length(request.object.spec.containers) }}", operator: GreaterThan, value: 0 }] } }`;
    const result = await fix([{ file: 'one.yaml', text: POD }], [policy(rule('few', body))]);
    expect(result.outcome).toBe('cannot-fix');
  });

  it('read a ConfigMap among the manifests, and say when it is not there', { timeout: 120_000 }, async () => {
    const body = `context: [{ name: list, configMap: { name: list, namespace: ops } }]
      validate: { failureAction: Enforce, message: a listed class, deny: { conditions: { all: [{ key: "{{ request.object.spec.priorityClassName || '' }}", operator: NotEquals, value: "{{ list.data.only }}" }] } } }`;
    const list =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: list, namespace: ops }\ndata: { only: house-low }\n';
    const policies = [policy(rule('listed', body))];
    const [one, beside] = [
      { file: 'one.yaml', text: POD },
      { file: 'list.yaml', text: list },
    ];
    const result = await fix([one, beside], policies);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { before: 1, after: 0 } });
    expect(patched(POD, result, 'one.yaml')).toContain('priorityClassName: house-low');
    expect((await fix([one], policies)).outcome).toBe('policy-error');
  });

  it('do not hide from Git what they would mend in a cluster', { timeout: 120_000 }, async () => {
    const mending = rule('mend', 'mutate: { patchStrategicMerge: { spec: { hostPID: false } } }');
    const result = await fix([{ file: 'one.yaml', text: POD }], [policy(mending, PID)]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { before: 1, after: 0 } });
  });

  it('that verify images are noted as not judged, while the others are', { timeout: 120_000 }, async () => {
    const result = await fix([{ file: 'one.yaml', text: POD }], [policy(SIGNED, PID)]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { before: 1, after: 0 }, policyErrors: [] });
    expect(result.notes).toEqual([
      expect.stringMatching(/images are not verified offline: ClusterPolicy "many", rule "signed"/),
    ]);
    const alone = await fix([{ file: 'one.yaml', text: POD }], [policy(SIGNED)]);
    expect(alone).toMatchObject({
      outcome: 'not-judged',
      resources: [{ outcome: 'not-judged' }],
      notes: [expect.stringContaining('nothing was judged'), expect.stringContaining('signed')],
    });
    expect(renderFix(alone, { color: false })).toContain('Nothing was judged');
    expect(renderFix(alone, { color: false })).not.toContain('compliant');
    // One that matches nothing of what is given has judged it.
    const other = rule('other', 'validate: { failureAction: Enforce, message: x, pattern: { data: {} } }').replace(
      'Pod',
      'ConfigMap',
    );
    expect(await fix([{ file: 'one.yaml', text: POD }], [policy(other)])).toMatchObject({
      outcome: 'compliant',
      notes: [],
    });
  });

  it('that read what lies outside are noted as not judged, and never reach the engine', {
    timeout: 120_000,
  }, async () => {
    const calling = rule(
      'calling',
      `context: [{ name: pods, apiCall: { urlPath: /api/v1/pods } }]
      validate: { failureAction: Enforce, message: no more pods, deny: { conditions: { all: [{ key: "{{ length(pods.items) }}", operator: GreaterThan, value: 0 }] } } }`,
    );
    const why =
      /cannot be judged here, since it calls the API server or a URL \(apiCall\): ClusterPolicy "many", rule "calling"/;
    const result = await fix([{ file: 'one.yaml', text: POD }], [policy(calling, PID)]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { before: 1, after: 0 } });
    expect(result.notes).toEqual([expect.stringMatching(why)]);
    // Neither is a whole green: the headline says so, and who could judge it.
    expect(result.notJudged).toEqual(result.notes);
    expect(result.notes[0]).toContain('--engine cluster');
    expect(renderFix(result, { color: false })).toMatch(/^Fixed, and 1 not judged\n/);
    expect(renderAnnotations(result)).toContain('::warning title=opsline fix%3A 1 not judged::cannot be judged here');
    const good = await fix(
      [{ file: 'one.yaml', text: POD.replace('hostPID: true', 'hostPID: false') }],
      [policy(calling, PID)],
    );
    expect(good).toMatchObject({ outcome: 'compliant', notJudged: result.notes });
    expect(renderFix(good, { color: false })).toMatch(/^Nothing to fix in what was judged, and 1 not judged\n/);
    const alone = await fix([{ file: 'one.yaml', text: POD }], [policy(calling)]);
    expect(alone).toMatchObject({ outcome: 'not-judged', patches: [], policyErrors: [] });
    expect(alone.notes).toContainEqual(expect.stringMatching(why));
  });

  it('leave a whole green where nothing that could deny was left out', { timeout: 120_000 }, async () => {
    const fine = { file: 'one.yaml', text: POD.replace('hostPID: true', 'hostPID: false') };
    const removing =
      'apiVersion: kyverno.io/v2\nkind: ClusterCleanupPolicy\nmetadata: { name: old }\nspec:\n  schedule: "0 0 * * *"\n  match: { any: [{ resources: { kinds: [Pod] } }] }\n';
    const whole = await fix([fine], [policy(PID), { file: 'c.yaml', text: removing }]);
    expect(whole).toMatchObject({ outcome: 'compliant', notJudged: [] });
    expect(whole.notes).toEqual([expect.stringContaining('makes or deletes other objects')]);
    expect(renderFix(whole, { color: false })).toMatch(/^Nothing to fix\n/);
    const chart = [
      { file: 'shop/Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
      { file: 'shop/templates/web.yaml', text: 'kind: {{ .Values.kind }}\n' },
    ];
    const beside = await fix([fine, ...chart], [policy(PID)]);
    expect(beside).toMatchObject({ outcome: 'compliant', notJudged: [expect.stringContaining('Helm chart in shop')] });
    expect(renderFix(beside, { color: false })).toMatch(/^Nothing to fix in what was judged, and 1 not judged\n/);
  });

  it('of namespaces with a label look at those that have it', { timeout: 120_000 }, async () => {
    const frozen = PID.replace('kinds: [Pod]', 'kinds: [Pod], namespaceSelector: { matchLabels: { shared: "no" } }');
    const space = (labels: string) => ({
      file: 'space.yaml',
      text: `apiVersion: v1\nkind: Namespace\nmetadata: { name: lab, labels: { ${labels} } }\n`,
    });
    const one = { file: 'one.yaml', text: POD };
    expect(await fix([one, space('shared: "no"')], [policy(frozen)])).toMatchObject({ outcome: 'fixed', notes: [] });
    expect(await fix([one, space('shared: "yes"')], [policy(frozen)])).toMatchObject({
      outcome: 'compliant',
      notes: [],
    });
    // Nobody knows what a namespace is like that was not given.
    expect(await fix([one], [policy(frozen)])).toMatchObject({
      outcome: 'compliant',
      notes: [expect.stringMatching(/labels of namespace lab are not known.*ClusterPolicy "many"/)],
    });
  });

  it('read a ConfigMap that stands beside the policies', { timeout: 120_000 }, async () => {
    const body = `context: [{ name: list, configMap: { name: list, namespace: ops } }]
      validate: { failureAction: Enforce, message: a listed class, deny: { conditions: { all: [{ key: "{{ request.object.spec.priorityClassName || '' }}", operator: NotEquals, value: "{{ list.data.only }}" }] } } }`;
    const list =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: list, namespace: ops }\ndata: { only: house-low }\n';
    const { file, text } = policy(rule('listed', body));
    const result = await fix([{ file: 'one.yaml', text: POD }], [{ file, text: `${list}---\n${text}` }]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { before: 1, after: 0 } });
    expect(patched(POD, result, 'one.yaml')).toContain('priorityClassName: house-low');
  });

  it('that cannot be applied cost only their edits', { timeout: 120_000 }, async () => {
    const odd = rule('odd', 'mutate: { patchesJson6902: "- op: nonsense" }');
    const result = await fix([{ file: 'one.yaml', text: POD }], [policy(odd, PID)]);
    expect(result).toMatchObject({ outcome: 'fixed', verified: { after: 0 } });
  });

  it('are excepted for the objects that an exception names, whatever candidates are called', {
    timeout: 120_000,
  }, async () => {
    const policies = read('excepted-agent', 'policy.yaml').text.split('---\n');
    const agent = parse(read('excepted-agent', 'allowed.yaml').text) as JsonObject;
    const other = { ...agent, spec: { ...(agent.spec as JsonObject), replicas: 3 } };
    const signal = AbortSignal.timeout(60_000);
    const documents = policies.map((text) => parse(text) as JsonObject);
    const found = await kyverno.violations({ resources: [agent, other, agent], policies: documents }, signal);
    expect(found).toEqual([]);
    expect(await kyverno.problems(documents, signal)).toEqual([]);
    const [bare, named] = [{ ...documents[1], spec: { match: {} } }, documents[0] as JsonObject];
    expect(await kyverno.problems([named, bare], signal)).toMatchObject([{ policy: { kind: 'PolicyException' } }]);
  });

  it('that refuse where a variable comes from leave none without a source', { timeout: 120_000 }, async () => {
    const body =
      'validate: { failureAction: Enforce, message: no secrets here, deny: { conditions: { any: [{ key: "{{ request.object.spec.containers[].env[].valueFrom.secretKeyRef.name }}", operator: AnyIn, value: ["*"] }, { key: "{{ request.object.spec.volumes[].secret.secretName }}", operator: AnyIn, value: ["*"] }] } } }';
    const pattern =
      'validate: { failureAction: Enforce, message: nor keys, pattern: { spec: { containers: [{ =(env): [{ =(valueFrom): { X(secretKeyRef): "null" } }] }] } } }';
    const pod = `${POD.replace('  hostPID: true\n', '')}      env:
        - name: MODE
          value: live
        - name: DSN
          valueFrom: { secretKeyRef: { name: ledger, key: dsn } }
`;
    const result = await fix([{ file: 'one.yaml', text: pod }], [policy(rule('names', body), rule('keys', pattern))]);
    const choices = result.resources.flatMap(({ decisions }) => decisions.flatMap(({ choices }) => choices));
    expect(choices.flatMap(({ operations }) => operations)).toEqual([
      { op: 'remove', path: '/spec/containers/0/env/1' },
    ]);
  });

  it('that want one of two fields ask for one and name the other', { timeout: 120_000 }, async () => {
    const body =
      'validate: { failureAction: Enforce, message: one of them, deny: { conditions: { all: [{ key: "{{ request.object.spec.hostname || \'\' }}", operator: Equals, value: "" }, { key: "{{ request.object.spec.subdomain || \'\' }}", operator: Equals, value: "" }] } } }';
    const result = await fix([{ file: 'one.yaml', text: POD }], [policy(rule('one', body))]);
    expect(result.resources.flatMap(({ decisions }) => decisions.map(({ question }) => question))).toEqual([
      'Which value has spec.hostname? spec.subdomain would do as well.',
    ]);
  });

  it('are not answered by what only takes the object out of their sight', { timeout: 120_000 }, async () => {
    const claim = `${POD.replace('  hostPID: true\n', '')}      volumeMounts: [{ name: pages, mountPath: /pages }]
  volumes:
    - name: pages
      persistentVolumeClaim: { claimName: pages }
`;
    const claims =
      'preconditions: { all: [{ key: "{{ request.object.spec.volumes[?persistentVolumeClaim] || `[]` | length(@) }}", operator: GreaterThan, value: 0 }] }';
    const asked = async (validate: string): Promise<string[]> => {
      const body = `${claims}\n      validate: { failureAction: Enforce, message: volumes of claims, ${validate} }`;
      const result = await fix([{ file: 'one.yaml', text: claim }], [policy(rule('saved', body))]);
      return result.resources.flatMap(({ decisions }) => decisions.map(({ path }) => path));
    };
    expect(await asked('pattern: { metadata: { annotations: { saved-volumes: "?*" } } }')).toEqual([
      '/metadata/annotations/saved-volumes',
    ]);
    // Where a rule denies whatever it sees, what it sees is what it does not want.
    expect(await asked('deny: {}')).toEqual(['/spec/volumes/0/persistentVolumeClaim']);
  });
});

describe('edits between two objects', () => {
  it('lead from one to the other, as deep as they go', () => {
    const before = { a: { b: 1, c: [1, { d: 2 }], gone: true }, list: [1, 2, 3] };
    const after = { a: { b: 1, c: [1, { d: 3 }, 4], new: {} }, list: [1] };
    const edits = editsBetween(before, after);
    expect(applyEdits(before, edits)).toEqual(after);
    expect(edits.map(({ path }) => path.join('.'))).toEqual(['a.c.1.d', 'a.c', 'a.gone', 'a.new', 'list']);
    expect(editsBetween(after, after)).toEqual([]);
    // A strategic merge puts the items first that it patched.
    const merged = editsBetween(
      [{ name: 'a' }, { name: 'b', d: 1 }],
      [{ name: 'b', d: 2 }, { name: 'a' }, { name: 'c' }],
    );
    expect(merged).toMatchObject([
      { op: 'set', path: [1, 'd'], value: 2 },
      { op: 'append', value: { name: 'c' } },
    ]);
  });
});
