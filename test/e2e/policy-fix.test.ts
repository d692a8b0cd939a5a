import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { FixResult } from '../../pipelines/policy-fix/schema.ts';
import { applyOperations } from '../../src/manifest/patch.ts';
import { cli } from '../helpers/cli.ts';
import { type ControlPlane, startControlPlane } from '../helpers/control-plane.ts';
import type { Written } from '../helpers/kube-client.ts';
import { BUILD_TIMEOUT_MS } from '../helpers/programs.ts';
import { until } from '../helpers/until.ts';

const ENFORCED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const ADMISSION = 'admissionregistration.k8s.io/v1';

let plane: ControlPlane;
let folder: string;

/** A policy for Deployments, and its binding. */
function admission(name: string, expression: string, message: string): Written[] {
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['deployments'],
  };
  return [
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression, message }] },
    },
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } },
      },
    },
  ];
}

const POLICIES = [
  ...admission(
    'no-escalation',
    'object.spec.template.spec.containers.all(c, has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && c.securityContext.allowPrivilegeEscalation == false)',
    'containers must not gain privileges',
  ),
  ...admission(
    'no-host-network',
    '!has(object.spec.template.spec.hostNetwork) || object.spec.template.spec.hostNetwork == false',
    'pods keep to their own network',
  ),
  ...admission(
    'known-tier',
    "has(object.metadata.labels) && 'tier' in object.metadata.labels && object.metadata.labels['tier'] in ['web', 'batch']",
    'the label tier says web or batch',
  ),
];

/** What this client writes of metadata is no more than a reference. */
const labelled = (metadata: Written['metadata'], labels: Record<string, string>) => ({ ...metadata, labels });

const namespace = (name: string, labels: Record<string, string> = {}): Written => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: labelled({ name }, labels),
});

function deployment(name: string, labels: Record<string, string>, spec: object, container: object = {}): Written {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: labelled({ name, namespace: 'shop' }, labels),
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { ...spec, containers: [{ name: 'app', image: 'registry.example.com/app:1', ...container }] },
      },
    },
  };
}

const pod = (name: string): Written => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'guarded' },
  spec: { containers: [{ name: 'app', image: 'registry.example.com/app:1', securityContext: { privileged: true } }] },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opsline-fix-'));
  plane = await startControlPlane({ controllers: false, scheduler: false });
  const { client } = plane.admin;
  for (const object of [namespace('shop'), namespace('guarded', ENFORCED), ...POLICIES]) await client.create(object);
  // No controller makes them here.
  for (const name of ['shop', 'guarded'])
    await client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
  // The server compiles policies some time after it took them: each of them denies before any test begins.
  const breaksOne: [string, Written][] = [
    ['no-escalation', deployment('probe', { tier: 'web' }, {})],
    ['no-host-network', deployment('probe', { tier: 'web' }, { hostNetwork: true }, SAFE)],
    ['known-tier', deployment('probe', {}, {}, SAFE)],
  ];
  for (const [policy, object] of breaksOne)
    await until(
      () =>
        dryRun(object).then(
          () => false,
          (error: Error) => error.message.includes(policy),
        ),
      {
        what: `${policy} is in force`,
      },
    );
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await plane?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const SAFE = { securityContext: { allowPrivilegeEscalation: false } };

/** Asks the server's admission without keeping anything. Rejects with what it says. */
async function dryRun(object: Written): Promise<void> {
  const { client } = plane.admin;
  const path = await client.collection(object.apiVersion, object.kind, object.metadata.namespace);
  await client.request('POST', `${path}?dryRun=All&fieldValidation=Strict`, { body: object });
}

async function write(file: string, objects: readonly Written[]): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, objects.map((object) => stringify(object)).join('---\n'));
  return path;
}

async function objectsIn(path: string): Promise<Written[]> {
  return parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS() as Written);
}

describe('what the API server denies, opsline mends without it', { timeout: 120_000 }, () => {
  it('writes a patch for ValidatingAdmissionPolicies that the same server takes', async () => {
    const before = deployment('web', { tier: 'web' }, { hostNetwork: true });
    await expect(plane.admin.client.create(before)).rejects.toThrow(
      /ValidatingAdmissionPolicy '[\w-]+'.*denied request/s,
    );
    const manifest = await write('vap/web.yaml', [before]);
    const policies = await write('vap-policies.yaml', POLICIES);
    const { code, stdout, stderr } = await cli(['fix', manifest, '--policies', policies, '--write', '-o', 'json']);
    expect({ code, stderr }, stderr).toMatchObject({ code: 0 });
    const result = JSON.parse(stdout) as FixResult;
    expect(result).toMatchObject({ outcome: 'fixed', verified: { engine: 'vap', after: 0 } });
    const [after] = (await objectsIn(manifest)) as [Written];
    expect(after).not.toEqual(before);
    await dryRun(after);
    const made = await plane.admin.client.create(after);
    expect(made.metadata.uid).toBeDefined();
  });

  it('offers choices, each of which the server takes, and takes none unasked', async () => {
    const before = deployment('worker', { tier: 'midnight' }, {});
    const manifest = await write('ask/worker.yaml', [before]);
    const policies = await write('ask-policies.yaml', POLICIES);
    const { code, stdout, stderr } = await cli(['fix', manifest, '--policies', policies, '--write', '-o', 'json']);
    expect(code, stderr).toBe(1);
    const { outcome, resources } = JSON.parse(stdout) as FixResult;
    expect(outcome).toBe('needs-decision');
    const [patched] = (await objectsIn(manifest)) as [Written];
    await expect(dryRun(patched)).rejects.toThrow(/known-tier/);
    const choices = resources[0]?.decisions.flatMap((decision) => decision.choices) ?? [];
    expect(choices.map(({ value }) => value).sort()).toEqual(['batch', 'web']);
    for (const { operations } of choices) await dryRun(applyOperations(patched as never, operations) as never);
  });

  it('writes a patch for a namespace under Pod Security that the same server takes', async () => {
    const before = pod('tool');
    await expect(plane.admin.client.create(before)).rejects.toThrow(/violates PodSecurity "restricted/);
    const manifest = await write('pss/tool.yaml', [namespace('guarded', ENFORCED), before]);
    const { code, stdout, stderr } = await cli(['fix', manifest, '--engine', 'pss', '--write', '-o', 'json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'fixed', verified: { engine: 'pss', after: 0 } });
    const [, after] = (await objectsIn(manifest)) as [Written, Written];
    await dryRun(after);
    await plane.admin.client.create(after);
  });
});

describe('the API server itself as the judge', { timeout: 120_000 }, () => {
  const asJudge = (paths: string[], more: string[] = [], user = plane.admin) =>
    cli(['fix', ...paths, '--engine', 'cluster', '-o', 'json', ...more], { env: { KUBECONFIG: user.kubeconfig } });

  /** Everything that anybody could have changed, with its versions. */
  async function everything(): Promise<string> {
    const { client } = plane.admin;
    const kinds: [string, string][] = [
      ['v1', 'Namespace'],
      ['v1', 'Pod'],
      ['v1', 'ServiceAccount'],
      ['apps/v1', 'Deployment'],
      [ADMISSION, 'ValidatingAdmissionPolicy'],
    ];
    const lists = await Promise.all(kinds.map(([apiVersion, kind]) => client.list(apiVersion, kind)));
    return JSON.stringify(
      lists.flat().map(({ kind, metadata }) => [kind, metadata.name, metadata.uid, metadata.resourceVersion]),
    );
  }

  it('needs no policies, finds what stands behind the first denial, and changes nothing', async () => {
    const before = deployment('judged', { tier: 'web' }, { hostNetwork: true });
    const manifest = await write('cluster/judged.yaml', [before]);
    const there = await everything();
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr + stdout).toBe(0);
    const result = JSON.parse(stdout) as FixResult;
    expect(result).toMatchObject({
      outcome: 'fixed',
      verified: { engine: 'cluster', version: expect.stringMatching(/^v\d/), after: 0 },
    });
    expect(result.resources[0]?.violations[0]).toMatchObject({
      engine: 'cluster',
      policy: { kind: 'ValidatingAdmissionPolicy' },
    });
    expect(await everything()).toBe(there);
    const [after] = (await objectsIn(manifest)) as [Written];
    await plane.admin.client.create(after);
  });

  it('asks what only people know, with choices out of the cluster’s own policies', async () => {
    const manifest = await write('cluster/asked.yaml', [
      deployment('asked', { tier: 'midnight' }, { hostNetwork: true }),
    ]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr).toBe(1);
    const { outcome, resources, notes } = JSON.parse(stdout) as FixResult;
    expect(outcome).toBe('needs-decision');
    const [patched] = (await objectsIn(manifest)) as [Written];
    await expect(dryRun(patched)).rejects.toThrow(/known-tier/);
    const choices = resources[0]?.decisions.flatMap((decision) => decision.choices) ?? [];
    expect(choices.map(({ value }) => value).sort()).toEqual(['batch', 'web']);
    for (const { operations } of choices) await dryRun(applyOperations(patched as never, operations) as never);
    expect(notes.join()).toContain('first denial alone');
  });

  it('judges the pods of a workload, which Pod Security refuses only when they are made', async () => {
    const { metadata, ...rest } = deployment('guarded', {}, {}, { securityContext: { privileged: true } });
    const before = { ...rest, metadata: { ...metadata, namespace: 'guarded' } } as Written;
    await dryRun(before);
    const manifest = await write('cluster/guarded.yaml', [before]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--write']);
    expect(code, stderr + stdout).toBe(0);
    const { resources } = JSON.parse(stdout) as FixResult;
    const policies = new Set(resources[0]?.violations.map(({ policy }) => `${policy.kind} ${policy.name}`));
    expect(policies).toEqual(new Set(['PodSecurity restricted:latest']));
    const [after] = (await objectsIn(manifest)) as [Written];
    const { template } = after.spec as { template: { spec: object } };
    await dryRun({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'made', namespace: 'guarded' },
      spec: template.spec,
    });
  });

  it('says which field the server itself finds wrong, and what it could not judge', async () => {
    const wrong = deployment('wrong', { tier: 'web' }, { dnsPolicy: 'Sometimes' }, SAFE);
    const nowhere = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lost', namespace: 'nowhere' } };
    const unknown = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } };
    const manifest = await write('cluster/wrong.yaml', [wrong, nowhere, unknown]);
    const { code, stdout, stderr } = await asJudge([manifest]);
    expect(code, stderr).toBe(1);
    const { resources, notes } = JSON.parse(stdout) as FixResult;
    expect(resources.map(({ outcome }) => outcome)).toEqual(['cannot-fix', 'compliant', 'compliant']);
    expect(resources[0]?.violations).toContainEqual(
      expect.objectContaining({
        engine: 'cluster',
        policy: { kind: 'APIServer', name: 'validation' },
        path: '/spec/template/spec/dnsPolicy',
        located: 'engine',
        message: expect.stringContaining('Sometimes'),
      }),
    );
    expect(notes).toContainEqual(
      expect.stringMatching(/did not judge ConfigMap nowhere\/lost: namespaces "nowhere" not found/),
    );
    expect(notes).toContainEqual(expect.stringMatching(/did not judge Widget shop\/w: the cluster has no Widget/));
  });

  it('applies to what is there already, by dry run, and names a field that cannot change', async () => {
    const { client } = plane.admin;
    const there = deployment('there', { tier: 'web' }, {}, SAFE);
    await client.apply(there);
    const { resourceVersion } = (await client.get(there)).metadata;
    const other = {
      ...there,
      spec: {
        ...(there.spec as object),
        selector: { matchLabels: { app: 'other' } },
        template: {
          metadata: { labels: { app: 'other' } },
          spec: { hostNetwork: true, containers: [{ name: 'app', image: 'registry.example.com/app:2', ...SAFE }] },
        },
      },
    };
    const manifest = await write('cluster/there.yaml', [other as Written]);
    const { code, stdout, stderr } = await asJudge([manifest]);
    expect(code, stderr).toBe(1);
    const { resources } = JSON.parse(stdout) as FixResult;
    expect(resources[0]?.violations).toContainEqual(
      expect.objectContaining({ path: '/spec/selector', message: expect.stringContaining('field is immutable') }),
    );
    expect((await client.get(there)).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('and given policies have to agree', async () => {
    const stricter = admission('one-replica-more', 'object.spec.replicas >= 2', 'at least two replicas');
    const policies = await write('stricter.yaml', stricter);
    const manifest = await write('cluster/both.yaml', [
      deployment('both', { tier: 'web' }, { hostNetwork: true }, SAFE),
    ]);
    const { code, stdout, stderr } = await asJudge([manifest], ['--policies', policies]);
    expect(code, stderr).toBe(1);
    const { verified, resources } = JSON.parse(stdout) as FixResult;
    expect(verified.engine).toBe('vap+cluster');
    expect(new Set(resources[0]?.violations.map(({ engine }) => engine))).toEqual(new Set(['vap', 'cluster']));
  });

  it('a user without rights and a server that is away are errors, not violations', async () => {
    const manifest = await write('cluster/forbidden.yaml', [deployment('forbidden', { tier: 'web' }, {})]);
    const forbidden = await asJudge([manifest], [], await plane.user('nobody'));
    expect(forbidden.code).toBe(2);
    expect(forbidden.stderr).toMatch(/cannot (get|create) resource/);
    const away = join(folder, 'away.kubeconfig');
    const text = await readFile(plane.admin.kubeconfig, 'utf8');
    await writeFile(away, text.replaceAll(plane.url, 'https://127.0.0.1:1'), { mode: 0o600 });
    const unreachable = await cli(['fix', manifest, '--engine', 'cluster'], { env: { KUBECONFIG: away } });
    expect(unreachable.code).toBe(2);
    expect(unreachable.stderr).toContain('the connection is refused');
  });
});
