import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ROOT } from './cli.ts';
import { type KubeClient, KubeError, type KubeObject, type Written } from './kube-client.ts';
import type { Kubelet } from './kubelet.ts';
import { PodPlay } from './kubelet-play.ts';
import { until } from './until.ts';

/** Walked: `<stage>/<kind>[_variant].yaml`, one fault each. A new fault needs a file, no code. */
export const LIVE_FAULTS = join(ROOT, 'test/e2e/faults');

const Named = z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string() });

/** What must have happened before the fault is as it shall be. */
const Wait = z.union([
  z
    .strictObject({ event: z.string(), name: z.string().default('') })
    .describe('an event of this reason, about an object whose name begins so'),
  z.strictObject({
    condition: Named.extend({ type: z.string(), status: z.string().default('True'), reason: z.string().optional() }),
  }),
  z.strictObject({ rolledOut: z.string() }).describe('all replicas of the Deployment are new and available'),
  z.strictObject({ pods: z.int() }).describe('the namespace has so many pods, and the kubelet has reported each'),
  z.strictObject({ status: Named.extend({ field: z.string() }) }).describe('the object has this field of its status'),
  z.strictObject({ there: Named }),
  z.strictObject({ denied: z.looseObject({ kind: z.string() }) }).describe('the API server refuses to create this'),
]);
type Wait = z.infer<typeof Wait>;

const Nodes = z.array(z.looseObject({ name: z.string() }));

/** The first document of a fault's file. */
const Header = z.strictObject({
  expected: z.strictObject({
    verdict: z.enum(['failed', 'degraded', 'progressing', 'healthy']),
    kind: z.string().optional(),
    object: z.strictObject({ kind: z.string(), name: z.string() }).optional(),
  }),
  kubelet: z.array(PodPlay).default([]),
  nodes: Nodes.default([]),
});

/** A later document that is no manifest. */
const Step = z.union([
  z.strictObject({ wait: z.array(Wait) }),
  z.strictObject({ kubelet: z.array(PodPlay) }),
  z.strictObject({ nodes: Nodes }),
]);

/** A fault to bring about in a namespace of its own. */
export interface LiveFault {
  /** Such as `startup/image-not-found`. */
  readonly name: string;
  readonly namespace: string;
  readonly expected: z.infer<typeof Header>['expected'];
  readonly header: z.infer<typeof Header>;
  readonly documents: readonly (z.infer<typeof Step> | Written)[];
}

export async function liveFaults(): Promise<LiveFault[]> {
  const files = (await readdir(LIVE_FAULTS, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(files.map((file) => readFault(join(LIVE_FAULTS, file))));
}

async function readFault(file: string): Promise<LiveFault> {
  const name = relative(LIVE_FAULTS, file).replace(/\.yaml$/, '');
  const namespace = `${basename(dirname(file))}-${basename(name).replaceAll('_', '-')}`;
  const text = (await readFile(file, 'utf8')).replaceAll('$' + '{namespace}', namespace);
  const [first, ...rest] = parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${name}: ${document.errors[0].message}`);
    return document.toJS() as unknown;
  });
  const header = Header.parse(first);
  const documents = rest.map((one) => (isManifest(one) ? one : Step.parse(one)));
  return { name, namespace, expected: header.expected, header, documents };
}

/** Brings the fault about, document by document, and waits for what it says. */
export async function bringAbout(fault: LiveFault, client: KubeClient, kubelet: Kubelet): Promise<void> {
  const { namespace, header, documents } = fault;
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
  await client.until(account, () => true);
  await kubelet.tell(namespace, header.kubelet);
  for (const node of header.nodes) await kubelet.addNode(node);
  for (const document of documents) {
    if (isManifest(document)) await client.apply({ ...document, metadata: { namespace, ...document.metadata } });
    else if ('kubelet' in document) await kubelet.tell(namespace, document.kubelet);
    else if ('nodes' in document) for (const node of document.nodes) await kubelet.addNode(node);
    else for (const wait of document.wait) await waitFor(wait, namespace, client);
  }
}

function isManifest(document: unknown): document is Written {
  return typeof document === 'object' && document !== null && 'apiVersion' in document;
}

async function waitFor(wait: Wait, namespace: string, client: KubeClient): Promise<void> {
  await until(() => holds(wait, namespace, client), { what: `${namespace}: ${JSON.stringify(wait)}`, every: 250 });
}

async function holds(wait: Wait, namespace: string, client: KubeClient): Promise<boolean> {
  if ('event' in wait) {
    const events = await client.list('v1', 'Event', namespace);
    return events.some(({ reason, involvedObject }) => {
      const { name = '' } = involvedObject as { name?: string };
      return reason === wait.event && name.startsWith(wait.name);
    });
  }
  if ('pods' in wait) {
    const pods = await client.list('v1', 'Pod', namespace);
    return pods.length === wait.pods && pods.every(({ status }) => status?.startTime !== undefined);
  }
  if ('denied' in wait) {
    const probe = { ...wait.denied, metadata: { name: 'probe', namespace } } as unknown as Written;
    const path = (await client.collection('v1', wait.denied.kind, namespace)) as string;
    return client.request('POST', `${path}?dryRun=All`, { body: probe }).then(
      () => false,
      (error: unknown) => error instanceof KubeError,
    );
  }
  if ('rolledOut' in wait) {
    const found = await client.find(
      reference({ apiVersion: 'apps/v1', kind: 'Deployment', name: wait.rolledOut }, namespace),
    );
    return found !== undefined && isRolledOut(found);
  }
  if ('condition' in wait) {
    const { type, status, reason } = wait.condition;
    const found = await client.find(reference(wait.condition, namespace));
    return (found?.status?.conditions ?? []).some(
      (one) => one.type === type && (reason === undefined ? one.status === status : one.reason === reason),
    );
  }
  if ('status' in wait) {
    return (await client.find(reference(wait.status, namespace)))?.status?.[wait.status.field] !== undefined;
  }
  return (await client.find(reference(wait.there, namespace))) !== undefined;
}

function isRolledOut({ metadata, spec, status }: KubeObject): boolean {
  const wanted = spec?.replicas;
  return (
    status?.observedGeneration === metadata.generation &&
    [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((count) => count === wanted)
  );
}

function reference({ apiVersion, kind, name }: z.infer<typeof Named>, namespace: string) {
  return { apiVersion, kind, metadata: { name, namespace } };
}
