import { application } from './argo.ts';
import { type KubeClient, KubeError, type Written } from './kube-client.ts';
import type { Kubelet } from './kubelet.ts';
import { isManifest, type LiveFault, type Step } from './live-fault.ts';
import { applicationOf, reference, waitFor } from './live-waits.ts';
import { makeRepository, type TestRepository } from './repository.ts';
import { until } from './until.ts';

/** Where faults are brought about. */
export interface Stage {
  readonly client: KubeClient;
  readonly kubelet: Kubelet;
  /** The repository of each fault that has one, by its namespace; the caller removes them. */
  readonly repositories: Map<string, TestRepository>;
}

/** Brings the fault about, document by document, and waits for what it says. */
export async function bringAbout(fault: LiveFault, stage: Stage): Promise<void> {
  const { client, kubelet } = stage;
  const { namespace, header, documents } = fault;
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
  await client.until(account, () => true);
  await kubelet.tell(namespace, header.kubelet);
  for (const node of header.nodes) await kubelet.addNode(node);
  for (const document of documents) {
    if (isManifest(document)) await client.apply(await placed(document, namespace, client));
    else await take(document, namespace, stage);
  }
}

/** The object in its namespace; a kind that was defined just now is served a moment later. */
function placed(document: Written, namespace: string, client: KubeClient): Promise<Written> {
  const what = `${document.apiVersion} ${document.kind} is served`;
  const find = () =>
    client.inNamespace(document, namespace).catch((error: unknown) => {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    });
  return until(find, { what, every: 250 });
}

async function take(step: Step, namespace: string, { client, kubelet, repositories }: Stage): Promise<void> {
  if ('wait' in step) for (const wait of step.wait) await waitFor(wait, namespace, client);
  else if ('kubelet' in step) await kubelet.tell(namespace, step.kubelet);
  else if ('nodes' in step) for (const node of step.nodes) await kubelet.addNode(node);
  else if ('delete' in step) await client.remove(reference(step.delete, namespace));
  else if ('patch' in step) {
    const { change, subresource } = step.patch;
    await client.patch(reference(step.patch, namespace), change, subresource);
  } else if ('commit' in step) {
    const repository = repositories.get(namespace) ?? makeRepository();
    repositories.set(namespace, repository);
    repository.commit('A new version', step.commit);
    const there = await client.find(applicationOf(namespace)).catch(() => undefined);
    const refresh = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } };
    if (there !== undefined) await client.patch(applicationOf(namespace), refresh);
  } else {
    const { path, targetRevision, repoURL, project, namespace: destination = namespace } = step.application;
    const url = repoURL ?? `file://${repositories.get(namespace)?.path}`;
    const source = { repoURL: url, path, ...(targetRevision === undefined ? {} : { targetRevision }) };
    await client.apply(application(namespace, source, destination, project === undefined ? {} : { project }));
  }
}
