import { groupOf } from '../kubernetes/api-group.ts';

/** Kinds of Kubernetes itself whose names operators give to resources of their own, too. */
const SHARED = /^(?:Service|Ingress|Node|Event|Namespace|Secret|Endpoints|NetworkPolicy|Role|RoleBinding)$/;
const BUILT_IN =
  /^(?:|apps|batch|policy|autoscaling|extensions|(?:networking|discovery|events|rbac\.authorization)\.k8s\.io)$/;

/**
 * Whether two objects of one kind may be of one API. Kubernetes has moved kinds between groups of its own, so all of these are
 * one; a kind of Kubernetes without an API version is Kubernetes' own.
 */
export function sameApi(kind: string, a: string | undefined, b: string | undefined): boolean {
  const [one, other] = [a, b].map((version) => {
    if (version === undefined) return SHARED.test(kind) ? '' : undefined;
    const group = groupOf(version);
    return BUILT_IN.test(group) ? '' : group;
  });
  return one === undefined || other === undefined || one === other;
}

/** Whether `services.serving.knative.dev` is another kind than the `services` of Kubernetes. */
export function isForeign(kind: string, group: string): boolean {
  return SHARED.test(kind) && !BUILT_IN.test(group.replace(/^v\d\w*\.?/, ''));
}
