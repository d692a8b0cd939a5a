import { stringify } from 'yaml';
import { OpslineError } from '../../src/errors.ts';
import type { ObjectRef } from '../../src/evidence/model.ts';
import { isObject, type JsonObject } from '../../src/manifest/json.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { engineOf } from '../../src/policy/recognise.ts';
import type { Explanation, Finding } from '../deploy-explanation/schema.ts';
import type { Denial, FixRequest, FixResult } from './schema.ts';

/** Kinds of findings that are a policy's denial, and how its words name the policy. */
const DENIALS: Readonly<Record<string, RegExp>> = {
  'gatekeeper-denied': /denied the request: \[([\w.-]+)\]/,
  'kyverno-denied': /following policies\s+([\w-]+)|policy [\w-]+\/([\w.-]+)\//,
  'admission-policy-denied': /ValidatingAdmissionPolicy '([^']+)'/,
  'pod-security-denied': /violates PodSecurity "(?:restricted|baseline)/,
};

/** What a run of policy-fix gets from an explanation and its evidence. */
export type FromExplanation = Pick<FixRequest, 'manifests' | 'policies'> &
  Partial<Pick<FixRequest, 'engines' | 'level' | 'denial'>>;

/** Fields that a cluster adds; nobody writes them into a manifest. */
const ADDED = [
  'managedFields',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'ownerReferences',
];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object as somebody would have written it: what they applied last, else without what the cluster added. */
function asWritten(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? { ...object.metadata } : {};
  const annotations = isObject(metadata.annotations) ? { ...metadata.annotations } : {};
  const applied = annotations[LAST_APPLIED];
  if (typeof applied === 'string') {
    try {
      const parsed = parseManifest('last-applied', applied).documents[0]?.json;
      if (parsed !== undefined && parsed.kind === object.kind) return parsed;
    } catch {
      // Not whole: what the cluster holds counts.
    }
  }
  for (const key of ADDED) delete metadata[key];
  for (const key of [LAST_APPLIED, 'deployment.kubernetes.io/revision']) delete annotations[key];
  const rest = { ...object };
  delete rest.status;
  const kept = Object.keys(annotations).length > 0 ? { annotations } : {};
  delete metadata.annotations;
  return { ...rest, metadata: { ...metadata, ...kept } };
}

/** The objects that stand in texts of evidence; most texts are no YAML. */
function objectsOf(evidence: readonly { readonly name: string; readonly text: string }[]): JsonObject[] {
  return evidence.flatMap(({ name, text }) => {
    try {
      return parseManifest(name, text).documents.flatMap(({ json }) =>
        json.kind === 'List' && Array.isArray(json.items) ? json.items.filter(isObject) : [json],
      );
    } catch {
      return [];
    }
  });
}

function isIt(object: JsonObject, { kind, namespace, name }: ObjectRef): boolean {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const elsewhere = namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== namespace;
  return object.kind === kind && metadata.name === name && !elsewhere;
}

const safe = (text: string): string => text.toLowerCase().replace(/[^a-z0-9.-]+/g, '-');

/**
 * The denial that an explanation found, with the denied object and the policies as far as its evidence holds them. Objects without
 * a source stand in a file of their own. Throws `invalid-input` for an explanation without a policy's denial.
 */
export function fromExplanation(
  explanation: Pick<Explanation, 'findings' | 'chain'>,
  evidence: readonly { readonly name: string; readonly text: string }[],
): FromExplanation {
  const first = explanation.chain[0]?.finding;
  const denials = explanation.findings.filter(({ kind }) => Object.hasOwn(DENIALS, kind));
  const finding: Finding | undefined = denials.find(({ id }) => id === first) ?? denials[0];
  if (finding === undefined)
    throw new OpslineError('invalid-input', 'That explanation found no denial by a policy: there is nothing to fix.');
  const message = finding.citations.map(({ quote }) => quote).join('\n');
  const named = DENIALS[finding.kind]?.exec(message);
  const policy = named?.[1] ?? named?.[2];
  const denial: Denial = {
    kind: finding.kind,
    object: finding.object,
    message,
    ...(policy === undefined ? {} : { policy }),
  };
  const objects = objectsOf(evidence);
  const denied = [finding.object, ...finding.involves]
    .map((ref) => objects.find((object) => isIt(object, ref)))
    .find((object) => object !== undefined);
  const policies = objects.filter((object) => engineOf(object) !== undefined).map(asWritten);
  const level = /violates PodSecurity "(restricted|baseline)/.exec(message)?.[1] as
    | 'restricted'
    | 'baseline'
    | undefined;
  const { kind, name } = (denied ? finding.object : { kind: '', name: '' }) as ObjectRef;
  return {
    manifests:
      denied === undefined
        ? []
        : [
            {
              file: `${safe(String(denied.kind ?? kind))}-${safe(String((denied.metadata as JsonObject)?.name ?? name))}.yaml`,
              text: stringify(asWritten(denied)),
            },
          ],
    policies: policies.map((object, i) => ({ file: `evidence/policy-${i + 1}.yaml`, text: stringify(object) })),
    denial,
    ...(finding.kind === 'pod-security-denied' && level !== undefined ? { engines: ['pss' as const], level } : {}),
  };
}

/** Whether the engines deny what was denied: the same policy, or the same engine where the denial names none. */
export function reproduced({ kind, policy }: Denial, resources: FixResult['resources']): boolean {
  return resources.some(({ violations }) =>
    violations.some((violation) =>
      kind === 'pod-security-denied' ? violation.engine === 'pss' : violation.policy.name === policy,
    ),
  );
}
