import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './cli.ts';
import type { ControlPlane, KubeUser } from './control-plane.ts';
import type { Written } from './kube-client.ts';
import { until } from './until.ts';

/** The user `reader` with the rights that `deploy/kubernetes-live` gives to who explains: its role, and the names of Secrets. */
export async function shippedReader(plane: ControlPlane): Promise<KubeUser> {
  const subjects = [{ kind: 'User', name: 'reader', apiGroup: 'rbac.authorization.k8s.io' }];
  for (const file of ['cluster-reader.yaml', 'secret-names.yaml']) {
    const text = await readFile(join(ROOT, 'deploy/kubernetes-live', file), 'utf8');
    for (const document of parseAllDocuments(text).map((one) => one.toJS() as Written)) {
      if (document.kind === 'ClusterRole') await plane.admin.client.apply(document);
      if (document.kind === 'ClusterRoleBinding') await plane.admin.client.apply({ ...document, subjects });
    }
  }
  const reader = await plane.user('reader');
  await until(() => reader.client.list('v1', 'Secret').catch(() => undefined), { what: 'the rights are in force' });
  return reader;
}
