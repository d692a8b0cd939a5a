import type { ClusterSource } from '../../src/config.ts';
import { OpslineError } from '../../src/errors.ts';
import type { Live } from './gather.ts';
import type { ExplainHereRequest } from './git/request.ts';

/** Finds what a cluster's name stands for; undefined for a name that nobody configured. */
export type FindCluster = (name: string) => ClusterSource | undefined;

type Question = Pick<ExplainHereRequest, 'evidence' | 'cluster' | 'namespace' | 'target' | 'everywhere'>;

/**
 * Reads the cluster of a request. Where other evidence was given, a cluster that cannot be read is no error: the answer stands on what
 * is there, and says so. Throws the errors of `readCluster` otherwise.
 */
export async function readLive(request: Question, find: FindCluster, signal: AbortSignal): Promise<Live | undefined> {
  const { cluster, namespace, target, everywhere, evidence } = request;
  if (cluster === undefined) return undefined;
  try {
    const source = find(cluster);
    if (source === undefined)
      throw new OpslineError('invalid-input', `No cluster is configured as ${JSON.stringify(cluster)} here.`);
    // Loaded only when a cluster is asked: most runs need none of it.
    const [{ accessOf }, { readCluster }] = await Promise.all([
      import('../../src/kubernetes/kubeconfig.ts'),
      import('../../src/evidence/cluster/collect.ts'),
    ]);
    const access = await accessOf(source);
    return { reading: await readCluster({ ...access, name: cluster }, { namespace, target, everywhere }, signal) };
  } catch (error) {
    if (evidence.length === 0 || !(error instanceof OpslineError)) throw error;
    return { failed: `the cluster ${cluster}: ${error.message}` };
  }
}
