import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { policyFix } from '../../../pipelines/policy-fix/index.ts';
import { renderFix } from '../../../pipelines/policy-fix/render.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';
import { replay } from '../../../src/runs/replay.ts';
import { BUILD_TIMEOUT_MS, program } from '../../helpers/programs.ts';
import { fix, patched, type SourceFile } from './walk.ts';

const samples = join(import.meta.dirname, '../../../examples/samples/policy-fix');
const folder = (...parts: string[]): SourceFile[] => {
  const path = join(samples, ...parts);
  return readdirSync(path).map((file) => ({ file, text: readFileSync(join(path, file), 'utf8') }));
};
const own = (engine: string, name: string): SourceFile[] => [
  {
    file: `${name}.yaml`,
    text: readFileSync(join(import.meta.dirname, '../../policies', engine, name, 'policy.yaml'), 'utf8'),
  },
];

const POD = (extra = ''): string => `apiVersion: v1
kind: Pod
metadata:
  name: one   # the one
  namespace: lab
spec:
  containers:
    - name: c
      image: registry.example.com/c:1
${extra}`;

describe('policy-fix', () => {
  beforeAll(async () => {
    await program('gator');
    await program('kyverno');
    await program('kubeconform');
  }, BUILD_TIMEOUT_MS);

  it('mends the Gatekeeper sample but for the one value that people must choose; git takes patch and choice', async () => {
    const manifests = folder('gatekeeper', 'manifests');
    const result = await fix(manifests, folder('gatekeeper', 'policies'));
    expect(result).toMatchObject({
      outcome: 'needs-decision',
      verified: { engine: 'gatekeeper', before: 7, after: 1 },
    });
    const resource = result.resources.find(({ object }) => object.name === 'checkout');
    const [decision] = resource?.decisions ?? [];
    expect(decision?.choices).toMatchObject([
      { value: 'registry.example.com/platform/shipper:1.9.4', source: expect.stringContaining('catalog.yaml') },
    ]);
    const home = mkdtempSync(join(tmpdir(), 'opsline-fix-'));
    try {
      const env = { PATH: process.env.PATH ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
      for (const { file, text } of manifests) writeFileSync(join(home, file), text);
      execFileSync('git', ['init', '-q'], { cwd: home, env });
      for (const diff of [result.patches[0]?.diff, decision?.choices[0]?.diff])
        execFileSync('git', ['apply', '-'], { cwd: home, env, input: diff ?? '' });
      const after = readdirSync(home)
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => ({ file, text: readFileSync(join(home, file), 'utf8') }));
      expect(await fix(after, folder('gatekeeper', 'policies'))).toMatchObject({
        outcome: 'compliant',
        verified: { before: 0 },
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
    const text = renderFix(result, { color: false });
    for (const words of [
      'nobody knows whom to call at night',
      'checkout.yaml:9',
      '+    team: payments',
      'shipper:1.9.4',
      'verified by gatekeeper',
      '7 violations before, 1 after',
      `edits checked against the schemas of Kubernetes ${result.verified.schema?.kubernetes}`,
    ])
      expect(text).toContain(words);
    expect(text).not.toMatch(/\u001b/);
    expect(renderFix(result, { color: true })).toMatch(/\u001b\[32m/);
  });

  it('mends the Kyverno sample and says on which line what was denied', async () => {
    const result = await fix(folder('kyverno', 'manifests'), folder('kyverno', 'policies'));
    expect(result).toMatchObject({ outcome: 'fixed', verified: { engine: 'kyverno', before: 2, after: 0 } });
    expect(result.resources[0]?.violations).toMatchObject([
      { rule: 'autogen-no-host-network', path: '/spec/template/spec/hostNetwork', line: 16, fixed: true },
      { rule: 'autogen-no-escalation', line: 21, fixed: true },
    ]);
  });

  it('asks both engines about everything when the policies are mixed', async () => {
    const pod = POD();
    const result = await fix(
      [{ file: 'one.yaml', text: pod }],
      [...own('gatekeeper', 'no-new-privileges'), ...own('kyverno', 'seccomp-cel')],
    );
    expect(result).toMatchObject({ outcome: 'fixed', verified: { engine: 'gatekeeper+kyverno', before: 2, after: 0 } });
    const after = patched(pod, result, 'one.yaml');
    expect(parseManifest('one.yaml', after).documents[0]?.json).toMatchObject({
      spec: {
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        containers: [{ securityContext: { allowPrivilegeEscalation: false } }],
      },
    });
    expect(after).toContain('name: one   # the one');
  });

  it('mends the items of a List and every document of every file in one go', async () => {
    const pod = parseManifest('p.yaml', POD()).documents[0]?.json;
    const list = JSON.stringify(
      { apiVersion: 'v1', kind: 'List', items: [pod, { ...pod, metadata: { name: 'two', namespace: 'lab' } }] },
      null,
      2,
    );
    const many = `${POD().replace('name: one ', 'name: three ')}---\n${POD().replace('name: one ', 'name: four ')}`;
    const result = await fix(
      [
        { file: 'deep/list.json', text: list },
        { file: 'many.yaml', text: many },
      ],
      own('gatekeeper', 'no-token-cel'),
    );
    expect(result).toMatchObject({ outcome: 'fixed', verified: { before: 4, after: 0 } });
    expect(result.patches.map(({ file, operations }) => [file, operations.map(({ document }) => document)])).toEqual([
      ['deep/list.json', [0]],
      ['many.yaml', [0, 1]],
    ]);
    expect(
      JSON.parse(patched(list, result, 'deep/list.json')).items.map((item: typeof pod) => item?.spec),
    ).toMatchObject([{ automountServiceAccountToken: false }, { automountServiceAccountToken: false }]);
  });

  it('calls a broken policy a policy-error, and blames no object', async () => {
    const [policy] = own('gatekeeper', 'no-new-privileges');
    const broken = { file: 'broken.yaml', text: policy?.text.replace('all[c] {', 'all[c] { nonsense(') ?? '' };
    const result = await fix([{ file: 'one.yaml', text: POD() }], [broken]);
    expect(result).toMatchObject({
      outcome: 'policy-error',
      patches: [],
      resources: [{ outcome: 'policy-error', violations: [] }],
    });
    expect(result.policyErrors).toMatchObject([
      {
        kind: 'ConstraintTemplate',
        name: 'nonewprivileges',
        file: 'broken.yaml',
        message: expect.stringContaining('rego_parse_error'),
      },
    ]);
    expect(renderFix(result, { color: false })).toContain('broken.yaml');
  });

  it('calls an expansion that cannot be loaded a policy-error', async () => {
    const policies = own('gatekeeper', 'expanded-off-host').map(({ file, text }) => ({
      file,
      text: text.replace('templateSource: spec.template', 'templateSource: ""'),
    }));
    const result = await fix([{ file: 'one.yaml', text: POD() }], policies);
    expect(result).toMatchObject({
      outcome: 'policy-error',
      policyErrors: [{ kind: 'ExpansionTemplate', message: expect.stringContaining('source') }],
    });
  });

  it('calls a policy file that is no YAML a policy-error, whatever the others say', async () => {
    const torn = { file: 'torn.yaml', text: 'kind: ClusterPolicy\nspec: [' };
    const twice = { file: 'twice.yaml', text: 'kind: ClusterPolicy\nkind: Policy\n' };
    for (const sound of [own('gatekeeper', 'no-token-cel'), []]) {
      const result = await fix([{ file: 'one.yaml', text: POD() }], [...sound, torn, twice]);
      expect(result).toMatchObject({ outcome: 'policy-error', patches: [], resources: [{ violations: [] }] });
      expect(result.policyErrors).toMatchObject([
        { kind: 'file', file: 'torn.yaml', message: expect.stringContaining('line') },
        { kind: 'file', file: 'twice.yaml', message: expect.stringContaining('twice') },
      ]);
      expect(renderFix(result, { color: false })).toMatch(/torn\.yaml[\s\S]*nothing judged/);
    }
  });

  it('takes a patch back that the policies reject once all files are patched', async () => {
    // Two ConfigMaps may not carry the same label value; the value that the policy names is one.
    const text = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: onlyleader }
spec:
  crd: { spec: { names: { kind: OnlyLeader }, validation: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package onlyleader
        violation[{"msg": "the label role is missing"}] { not input.review.object.metadata.labels.role }
        violation[{"msg": "two leaders"}] {
          input.review.object.metadata.labels.role == "leader"
          data.inventory.namespace[_][_]["ConfigMap"][name].metadata.labels.role == "leader"
          name != input.review.object.metadata.name
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: OnlyLeader
metadata: { name: one-leader }
spec:
  match: { kinds: [{ apiGroups: [""], kinds: ["ConfigMap"] }] }
  parameters: { labels: [{ key: role, allowedValues: [leader] }] }
`;
    const map = (name: string): SourceFile => ({
      file: `${name}.yaml`,
      text: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: x\n`,
    });
    const result = await fix([map('a'), map('b')], [{ file: 'p.yaml', text }]);
    expect(result).toMatchObject({ outcome: 'cannot-fix', patches: [], verified: { before: 2, after: 2 } });
    expect(result.resources.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('together'),
      expect.stringContaining('together'),
    ]);
  });

  it('replays from its record without an engine', async () => {
    const record = await runInProcess(
      policyFix,
      { manifests: [{ file: 'one.yaml', text: POD() }], policies: own('gatekeeper', 'no-token-cel') },
      { predictor: noModel() },
    );
    expect(record.run.status).toBe('succeeded');
    const gator = process.env.OPSLINE_GATOR;
    process.env.OPSLINE_GATOR = '/nowhere/gator';
    try {
      expect(await replay(JSON.parse(JSON.stringify(record)), [policyFix])).toMatchObject({ ok: true, differences: 0 });
    } finally {
      if (gator === undefined) delete process.env.OPSLINE_GATOR;
      else process.env.OPSLINE_GATOR = gator;
    }
  });

  it.each([
    [
      'a policy that calls the network',
      {
        policies: [
          {
            file: 'p.yaml',
            text: (own('gatekeeper', 'no-token-cel')[0]?.text ?? '').replace(
              /code:[\s\S]*?---/,
              'rego: |\n        package notoken\n        violation[{"msg": "x"}] { http.send({"method": "get", "url": "http://127.0.0.1/"}) }\n---',
            ),
          },
        ],
      },
      'policy-refused',
      /http\.send/,
    ],
    [
      'something else than policies',
      { policies: [{ file: 'p.yaml', text: POD() }] },
      'invalid-input',
      /Pod in p\.yaml/,
    ],
    ['no policy at all', { policies: [{ file: 'p.yaml', text: '# empty\n' }] }, 'invalid-input', /no policy/],
    [
      'a file outside the folder',
      { manifests: [{ file: '../../etc/passwd', text: POD() }] },
      'invalid-input',
      /relative file name/,
    ],
    [
      'a manifest without a name',
      { manifests: [{ file: 'm.yaml', text: 'kind: Pod\n' }] },
      'manifest-invalid',
      /m\.yaml line 1/,
    ],
    [
      'a request in place of its object',
      {
        manifests: [
          {
            file: 'm.yaml',
            text: 'apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: { operation: UPDATE }\n',
          },
        ],
      },
      'manifest-invalid',
      /request\.object/,
    ],
    [
      'a key that stands twice',
      { manifests: [{ file: 'm.yaml', text: `${POD()}kind: Job\n` }] },
      'manifest-invalid',
      /twice/,
    ],
    [
      'too many objects',
      {
        manifests: [
          {
            file: 'm.yaml',
            text: `{apiVersion: v1, kind: List, items: [${Array(1_001).fill('{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}').join(', ')}]}`,
          },
        ],
      },
      'payload-too-large',
      /1001 objects/,
    ],
  ])('refuses %s', async (_, change, code, words) => {
    const input = {
      manifests: [{ file: 'one.yaml', text: POD() }],
      policies: own('gatekeeper', 'no-token-cel'),
      ...change,
    };
    const record = await runInProcess(policyFix, input, { predictor: noModel() });
    expect(record.run).toMatchObject({ status: 'failed', error: { code, message: expect.stringMatching(words) } });
  });

  it('refuses input of another shape before a run begins', async () => {
    const twice = {
      manifests: [
        { file: 'a', text: '' },
        { file: 'a', text: '' },
      ],
      policies: [{ file: 'p', text: '' }],
    };
    for (const input of [{}, { manifests: [], policies: [] }, twice]) {
      await expect(runInProcess(policyFix, input, { predictor: noModel() })).rejects.toMatchObject({
        code: 'invalid-input',
      });
    }
  });
});
