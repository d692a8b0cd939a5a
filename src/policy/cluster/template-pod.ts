import { at, isObject, objects } from '../../json.ts';
import type { KubeObject } from '../violation.ts';

/** Kinds whose pods a controller makes of their template. Argo's Rollouts do as Deployments. */
const MAKERS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  Rollout: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** A pod that a controller would make, and where in the object its template stands. */
export interface TemplatePod {
  readonly pod: KubeObject;
  readonly at: readonly string[];
}

/**
 * The pod that would be made of a workload, as its controller would send it: named by prefix, owned, with a StatefulSet's claims
 * as volumes. Undefined for what makes no pods.
 */
export function templatePod(object: KubeObject, namespace: string): TemplatePod | undefined {
  const path = MAKERS[String(object.kind)];
  const template = path === undefined ? undefined : at(object, ...path);
  if (path === undefined || !isObject(template) || !isObject(template.spec)) return undefined;
  const { labels, annotations } = isObject(template.metadata) ? template.metadata : {};
  const name = String(object.metadata?.name ?? object.metadata?.generateName ?? 'pod').slice(0, 50);
  const claims = objects(object.spec?.volumeClaimTemplates);
  const volumes = [
    ...(Array.isArray(template.spec.volumes) ? template.spec.volumes : []),
    ...claims.map((claim) => {
      const called = String(at(claim, 'metadata', 'name'));
      return { name: called, persistentVolumeClaim: { claimName: `${called}-${name}-0` } };
    }),
  ];
  const owner = { apiVersion: object.apiVersion, kind: object.kind, name, uid: NOBODY, controller: true };
  return {
    at: path,
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${name}-`,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [owner],
      },
      spec: { ...template.spec, ...(volumes.length > 0 ? { volumes } : {}) },
    },
  };
}

/** The owner is not there yet. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
