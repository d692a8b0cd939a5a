import { type KubeObject, nameOf } from './violation.ts';

const isOfRules = ({ apiVersion, kind }: KubeObject): boolean =>
  String(apiVersion).startsWith('kyverno.io/') && (kind === 'ClusterPolicy' || kind === 'Policy');

export const isException = ({ kind }: KubeObject): boolean => kind === 'PolicyException';

/** Kyverno's policies in CEL (group `policies.kyverno.io`), cluster-wide or of one namespace, by what they do. */
const CEL_KIND = /^(?:Namespaced)?(Validating|Mutating|ImageValidating|Generating|Deleting)Policy$/;

/** What a policy of CEL does, and undefined for any other document. */
const celDoes = ({ apiVersion, kind }: KubeObject): string | undefined =>
  String(apiVersion).startsWith('policies.kyverno.io/') ? CEL_KIND.exec(String(kind))?.[1] : undefined;

/** Whether a policy is a `ValidatingPolicy`, of the cluster or a namespace. */
export const isCelValidating = (document: KubeObject): boolean => celDoes(document) === 'Validating';

/** Policies that delete or make objects by themselves, or ask a registry: no answer about an object that is offline. */
export function isNeverRun(document: KubeObject): boolean {
  const does = celDoes(document);
  if (does !== undefined) return does !== 'Validating' && does !== 'Mutating';
  return (
    String(document.apiVersion).startsWith('kyverno.io/') && /^(?:Cluster)?CleanupPolicy$/.test(String(document.kind))
  );
}

/** Whether Kyverno has a use for a document: rules, policies of CEL, exceptions, clean-up. */
export const isOfKyverno = (document: KubeObject): boolean =>
  isOfRules(document) ||
  celDoes(document) !== undefined ||
  isNeverRun(document) ||
  (isException(document) && /^(?:policies\.)?kyverno\.io\//.test(String(document.apiVersion)));

const rulesOf = ({ spec }: KubeObject): KubeObject[] => (Array.isArray(spec?.rules) ? spec.rules : []);

/** Policies with only those rules for which `keep` holds, and no policy whose rules are all gone. */
function withRules(policies: readonly KubeObject[], keep: (rule: KubeObject) => boolean): KubeObject[] {
  return policies.flatMap((policy) => {
    const rules = rulesOf(policy);
    if (!isOfRules(policy) || rules.length === 0) return [policy];
    const kept = rules.filter(keep);
    return kept.length > 0 ? [{ ...policy, spec: { ...policy.spec, rules: kept } }] : [];
  });
}

const changes = (rule: KubeObject): boolean => rule?.mutate != null || rule?.generate != null;
const verifies = (rule: KubeObject): boolean => rule?.verifyImages != null;

/**
 * What objects are judged by as they are written: Kyverno would change them by its mutate rules before it judges. Rules about
 * signatures of images, which no one can answer offline, are left out.
 */
export function judgingPolicies(policies: readonly KubeObject[]): KubeObject[] {
  const judging = policies.filter((policy) => !isNeverRun(policy) && celDoes(policy) !== 'Mutating');
  return withRules(judging, (rule) => !changes(rule) && !verifies(rule));
}

/** The rules, and policies of CEL, that change the object itself when it is admitted. */
export function mutatingPolicies(policies: readonly KubeObject[]): KubeObject[] {
  const own = policies.filter(
    (policy) => celDoes(policy) === 'Mutating' && policy.spec?.targetMatchConstraints == null,
  );
  const rules = policies.filter(isOfRules);
  return [...withRules(rules, (rule) => rule?.mutate != null && rule.mutate.targets === undefined), ...own];
}

/** A rule or policy that is not judged, for people: why, policy and rule; `denies`: whether admission would judge by it. */
export interface Unjudged {
  readonly note: string;
  readonly denies: boolean;
}

/** The rules and policies that are not judged. */
export function unjudgedRules(policies: readonly KubeObject[]): Unjudged[] {
  return policies.flatMap((policy): Unjudged[] => {
    const title = `${policy.kind} "${nameOf(policy).name}"`;
    const images = 'not judged, since images are not verified offline';
    if (isNeverRun(policy))
      return celDoes(policy) === 'ImageValidating'
        ? [{ note: `${images}: ${title}`, denies: true }]
        : [{ note: `not judged, since it makes or deletes other objects: ${title}`, denies: false }];
    const rules = isOfRules(policy) ? rulesOf(policy).filter(verifies) : [];
    return rules.map((rule) => ({ note: `${images}: ${title}, rule "${rule.name}"`, denies: true }));
  });
}

/** The names of policies that an exception speaks of. */
export function exceptedPolicies(exceptions: readonly KubeObject[]): Set<string> {
  const lists = exceptions.flatMap(({ spec }) => [
    ...(Array.isArray(spec?.exceptions) ? spec.exceptions.map((one: KubeObject) => one?.policyName) : []),
    ...(Array.isArray(spec?.policyRefs) ? spec.policyRefs.map((one: KubeObject) => one?.name) : []),
  ]);
  // `namespace/name` names a policy of a namespace.
  return new Set(lists.map((name) => String(name).split('/').at(-1) ?? ''));
}

/** The rule of a policy that a violated one is: those that Kyverno makes of it for controllers of pods have its name behind `autogen-`. */
export const writtenRule = (rule: string): string => rule.replace(/^autogen-(?:cronjob-)?/, '');
