import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import type { Written } from './kube-client.ts';
import { BUILD_TIMEOUT_MS, program } from './programs.ts';
import { until } from './until.ts';

/** Labels of a namespace that enforces the Pod Security Standard `restricted`. */
export const ENFORCED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
export const ADMISSION = 'admissionregistration.k8s.io/v1';

/** A policy for Deployments, and its binding. */
export function admission(name: string, expression: string, message: string): Written[] {
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

/** What Deployments in the namespace `shop` must be. */
export const POLICIES = [
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

export const namespace = (name: string, labels: Record<string, string> = {}): Written => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: labelled({ name }, labels),
});

/** In `shop`; `spec` is its pods', beside one container. */
export function deployment(
  name: string,
  labels: Record<string, string>,
  spec: object,
  container: object = {},
): Written {
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

/** In `guarded`, and privileged. */
export const pod = (name: string): Written => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'guarded' },
  spec: { containers: [{ name: 'app', image: 'registry.example.com/app:1', securityContext: { privileged: true } }] },
});

/** What a controller would make in each namespace. */
export const account = (name: string): Written => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace: name },
});

/** A container that gains no privileges. */
export const SAFE = { securityContext: { allowPrivilegeEscalation: false } };

/** An API server that denies. */
export interface GuardedPlane {
  readonly plane: ControlPlane;
  readonly folder: string;
  /** Asks the server's admission without keeping anything. Rejects with what it says. */
  dryRun(object: Written): Promise<void>;
  /** Writes manifests into a file of `folder` and gives its path. */
  write(file: string, objects: readonly Written[]): Promise<string>;
}

/**
 * For all tests of a file: an API server with {@link POLICIES} in force for the namespace `shop` and Pod Security for `guarded`; and
 * Kyverno, which judges the same policies when they are given as files. Both are there once the tests run.
 */
export function guardedPlane(): GuardedPlane {
  let started: Started | undefined;
  const now = (): Started => {
    if (started === undefined) throw new Error('The guarded plane is not there before the tests run.');
    return started;
  };
  beforeAll(async () => {
    started = await start();
    await program('kyverno');
  }, BUILD_TIMEOUT_MS);
  afterAll(() => started?.stop());
  return {
    get plane() {
      return now().plane;
    },
    get folder() {
      return now().folder;
    },
    dryRun: (object) => now().dryRun(object),
    write: (file, objects) => now().write(file, objects),
  };
}

interface Started extends GuardedPlane {
  stop(): Promise<void>;
}

async function start(): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'opsline-fix-'));
  const plane = await startControlPlane({ controllers: false, scheduler: false });
  const { client } = plane.admin;
  const dryRun = async (object: Written): Promise<void> => {
    const path = await client.collection(object.apiVersion, object.kind, object.metadata.namespace);
    await client.request('POST', `${path}?dryRun=All&fieldValidation=Strict`, { body: object });
  };
  for (const object of [namespace('shop'), namespace('guarded', ENFORCED), ...POLICIES]) await client.create(object);
  for (const name of ['shop', 'guarded']) await client.create(account(name));
  // The server compiles policies some time after it took them: each of them denies before any test begins.
  const breaksOne: [string, Written][] = [
    ['no-escalation', deployment('probe', { tier: 'web' }, {})],
    ['no-host-network', deployment('probe', { tier: 'web' }, { hostNetwork: true }, SAFE)],
    ['known-tier', deployment('probe', {}, {}, SAFE)],
  ];
  for (const [policy, object] of breaksOne)
    await until(() => isDenied(dryRun(object), policy), { what: `${policy} is in force` });
  return {
    plane,
    folder,
    dryRun,
    async write(file, objects) {
      const path = join(folder, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, objects.map((object) => stringify(object)).join('---\n'));
      return path;
    },
    async stop() {
      await plane.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a request is refused with these words. */
export const isDenied = (asked: Promise<unknown>, words: string): Promise<boolean> =>
  asked.then(
    () => false,
    (error: Error) => error.message.includes(words),
  );

/** The objects of a file. */
export async function objectsIn(path: string): Promise<Written[]> {
  return parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS() as Written);
}
