import type { z } from 'zod';
import { ARGO_NAMESPACE } from './argo.ts';
import { type KubeClient, KubeError, type KubeObject, type Reference, type Written } from './kube-client.ts';
import type { Named, Wait } from './live-fault.ts';
import { until } from './until.ts';

/** Resolves when what the fault waits for has come about in its namespace. */
export async function waitFor(wait: Wait, namespace: string, client: KubeClient): Promise<void> {
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
    const path = await client.collection(wait.denied.apiVersion, wait.denied.kind, namespace);
    return client.request('POST', `${path}?dryRun=All`, { body: probe }).then(
      () => false,
      (error: unknown) => error instanceof KubeError,
    );
  }
  if ('application' in wait) {
    const { sync, health, phase, condition } = wait.application;
    const found = await client.find(applicationOf(namespace));
    const status = found?.status as ApplicationStatus | undefined;
    return (
      status !== undefined &&
      (sync === undefined || status.sync?.status === sync) &&
      (health === undefined || status.health?.status === health) &&
      (phase === undefined || status.operationState?.phase === phase) &&
      (condition === undefined || (status.conditions ?? []).some(({ type }) => type === condition))
    );
  }
  if ('rollout' in wait) {
    const { name, phase } = wait.rollout;
    const found = await client.find(
      reference({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name }, namespace),
    );
    return (
      found?.status?.phase === phase && String(found.status.observedGeneration) === String(found.metadata.generation)
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

interface ApplicationStatus {
  readonly sync?: { readonly status: string };
  readonly health?: { readonly status: string };
  readonly operationState?: { readonly phase: string };
  readonly conditions?: readonly { readonly type: string }[];
}

/** The Application of a fault bears the name of its namespace. */
export function applicationOf(namespace: string): Reference {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: namespace, namespace: ARGO_NAMESPACE },
  };
}

export function reference({ apiVersion, kind, name }: z.infer<typeof Named>, namespace: string) {
  return { apiVersion, kind, metadata: { name, namespace } };
}
