import { isOfKyverno } from './kyverno-rules.ts';
import type { KubeObject, PolicyEngineName } from './violation.ts';

const groupOf = ({ apiVersion }: KubeObject): string => String(apiVersion ?? '').split('/')[0] ?? '';

const ADMISSION = 'admissionregistration.k8s.io';

/** The engine a policy document is written for, or undefined when it is no policy that opsline runs. */
export function engineOf(document: KubeObject): PolicyEngineName | undefined {
  const group = groupOf(document);
  const kind = String(document.kind ?? '');
  if (group === 'templates.gatekeeper.sh' && kind === 'ConstraintTemplate') return 'gatekeeper';
  if (group === 'constraints.gatekeeper.sh') return 'gatekeeper';
  // Says what stands for a pod, so that policies for pods judge what makes them.
  if (group === 'expansion.gatekeeper.sh' && kind === 'ExpansionTemplate') return 'gatekeeper';
  if (isOfKyverno(document)) return 'kyverno';
  if (
    (document.apiVersion === `${ADMISSION}/v1` || document.apiVersion === `${ADMISSION}/v1beta1`) &&
    (kind === 'ValidatingAdmissionPolicy' || kind === 'ValidatingAdmissionPolicyBinding')
  )
    return 'vap';
  if (group === 'pod-security.admission.config.k8s.io' && kind === 'PodSecurityConfiguration') return 'pss';
  return undefined;
}

/** Tells documents that ValidatingAdmissionPolicies take as parameters: those of a kind that one of them names. */
export function parameterTest(documents: readonly KubeObject[]): (document: KubeObject) => boolean {
  const kinds = new Set(
    documents
      .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
      .map(({ spec }) => `${spec?.paramKind?.apiVersion}|${spec?.paramKind?.kind}`),
  );
  return ({ apiVersion, kind }) => kinds.has(`${apiVersion}|${kind}`);
}

/** Sorts policy documents by engine. What no engine takes is listed apart, never ignored in silence. */
export function byEngine(documents: readonly KubeObject[]): {
  readonly engines: ReadonlyMap<PolicyEngineName, readonly KubeObject[]>;
  readonly unknown: readonly KubeObject[];
} {
  const engines = new Map<PolicyEngineName, KubeObject[]>();
  const unknown: KubeObject[] = [];
  const isParameter = parameterTest(documents);
  for (const document of documents) {
    const engine = engineOf(document) ?? (isParameter(document) ? 'vap' : undefined);
    if (engine === undefined) unknown.push(document);
    else engines.set(engine, [...(engines.get(engine) ?? []), document]);
  }
  return { engines, unknown };
}
