import { at, isObject, objects, text } from '../../json.ts';
import type { ClusterClient } from '../../kubernetes/client.ts';
import { ReadFailure } from '../../kubernetes/failure.ts';
import type { KubeObject } from '../violation.ts';
import { apiOf } from './apis.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';
/** Of each kind at most; what is beyond is not read. */
const MOST = 500;

/** What can be read; nothing where reading is forbidden or nothing is there. */
async function readable<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReadFailure && (error.why === 'forbidden' || error.why === 'missing')) return otherwise;
    throw error;
  }
}

async function listed(client: ClusterClient, kind: string, plural: string): Promise<KubeObject[]> {
  const list = await client.json(`/apis/${ADMISSION}/${plural}?limit=${MOST}`);
  return objects(list.items).map((item) => ({ ...item, apiVersion: ADMISSION, kind }));
}

/** The parameters that bindings name; those that they select by labels are not read. */
async function parameters(client: ClusterClient, policies: readonly KubeObject[], bindings: readonly KubeObject[]) {
  const wanted = new Map<string, () => Promise<KubeObject | undefined>>();
  for (const { spec } of bindings) {
    const paramKind = at(
      policies.find(({ metadata }) => metadata?.name === spec?.policyName),
      'spec',
      'paramKind',
    );
    const [apiVersion, kind] = [text(at(paramKind, 'apiVersion')), text(at(paramKind, 'kind'))];
    const [name, namespace] = [text(at(spec, 'paramRef', 'name')), text(at(spec, 'paramRef', 'namespace'))];
    // What a Secret holds is not for reports.
    if (apiVersion === undefined || kind === undefined || kind === 'Secret' || name === undefined) continue;
    wanted.set([apiVersion, kind, namespace, name].join('|'), async () => {
      const api = await apiOf(client, apiVersion, kind);
      if (typeof api === 'string' || api.namespaced !== (namespace !== undefined)) return undefined;
      const space = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
      const found = await client.json(`${api.base}${space}/${api.plural}/${encodeURIComponent(name)}`);
      return isObject(found) ? { ...found, apiVersion, kind } : undefined;
    });
  }
  const read = await Promise.all([...wanted.values()].slice(0, MOST).map((one) => readable(one, undefined)));
  return read.filter((one) => one !== undefined);
}

/**
 * The ValidatingAdmissionPolicies of a cluster with bindings and parameters, as far as they may be read. Throws a `ReadFailure`
 * for anything but a lack of rights.
 */
export async function admissionPolicies(client: ClusterClient): Promise<KubeObject[]> {
  const [policies, bindings] = await Promise.all([
    readable(() => listed(client, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies'), []),
    readable(() => listed(client, 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'), []),
  ]);
  return [...policies, ...bindings, ...(await parameters(client, policies, bindings))];
}
