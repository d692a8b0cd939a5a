import type { ObjectRef } from '../../../../src/evidence/model.ts';

/** Kinds of Kubernetes and Argo CD that other analyzers know better. */
const KNOWN =
  /^(Pod|Container|Deployment|ReplicaSet|StatefulSet|DaemonSet|Job|CronJob|Node|Service|Endpoints|EndpointSlice|Namespace|PersistentVolumeClaim|PersistentVolume|HorizontalPodAutoscaler|Application|ConfigMap|Secret|Event|Ingress|PodDisruptionBudget|ResourceQuota|ReplicationController|APIService|CustomResourceDefinition|Alert|AnalysisRun|NetworkPolicy|Unknown)$/;
/** Where those kinds are at home; other groups have a Job, a Service or a Node of their own. */
const HOME =
  /^(?:v1|(?:apps|batch|policy|autoscaling|extensions)\/.*|(?:networking|discovery|events|storage|apiregistration|apiextensions)\.k8s\.io\/.*|argoproj\.io\/.*|notification\.toolkit\.fluxcd\.io\/.*)$/;

/** Whether nothing is known of a kind but what its objects say themselves. */
export function isCustom({ kind, apiVersion }: ObjectRef): boolean {
  return !KNOWN.test(kind) || (apiVersion !== undefined && !HOME.test(apiVersion));
}
