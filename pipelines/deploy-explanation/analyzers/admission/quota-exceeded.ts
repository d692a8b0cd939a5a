import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { quantity } from '../../../../src/evidence/placement.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, strings } from '../../../../src/json.ts';
import { cite, named, type View } from '../../view.ts';
import { type Analyzer, change, type Draft, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { withoutPods } from './without-pods.ts';

const ASPECTS = {
  cpu: 'requests or limits of CPU',
  memory: 'requests or limits of memory',
  pods: 'the number of pods',
  services: 'the number of Services, load balancers or node ports',
  claims: 'the number of PersistentVolumeClaims',
  storage: 'the size of all volumes, or ephemeral storage',
  objects: 'the number of objects of another kind (ConfigMaps, Secrets, Jobs …)',
  devices: 'GPUs and other extended resources',
  unstated: 'the quota demands that every container states what it requests',
  scope: 'pods of this scope (a PriorityClass) are admitted only where a quota for it is, and the namespace has none',
};

/** Names of resources as a quota counts them (Kubernetes, "Resource Quotas"). */
const RESOURCES: readonly (readonly [keyof typeof ASPECTS, RegExp])[] = [
  ['storage', /storage$/],
  ['cpu', /^(?:requests\.|limits\.)?cpu$/],
  ['memory', /^(?:requests\.|limits\.)?memory$/],
  ['pods', /^(?:count\/)?pods$/],
  ['services', /^(?:count\/)?services(?:\.|$)/],
  ['claims', /(?:^|\/)persistentvolumeclaims$/],
  ['devices', /^(?:requests|limits)\.\S+\//],
];

function resourceIn(requested: string): string {
  return /^\s*([^=,]+)=/.exec(requested)?.[1] ?? '';
}

function aspectOf(match: RegExpExecArray): keyof typeof ASPECTS | undefined {
  if (match[7] !== undefined) return 'scope';
  if (match[5] !== undefined) return 'unstated';
  const resource = resourceIn(match[2] ?? '');
  if (resource === '') return undefined;
  return RESOURCES.find(([, pattern]) => pattern.test(resource))?.[0] ?? 'objects';
}

const refused = denial({
  kind: 'quota-exceeded',
  title: 'A resource quota is used up',
  about: 'The API server refuses the object because a ResourceQuota of the namespace would be exceeded.',
  remedy: 'Raise the quota, lower the requests or replicas, or remove what is unused.',
  aspects: ASPECTS,
  aspect: aspectOf,
  pattern:
    /exceeded quota: ([\w.-]+)(?:, requested: ([^;]+?), used: ([^;]+?), limited: ([^;\s]+))?|failed quota: ([\w.-]+): must specify ([\w.,: -]+)|insufficient quota to match these scopes: \[(.+?)\](?=\s|$)/,
  confidence: 0.97,
  says: (match) =>
    match[7] !== undefined
      ? `no ResourceQuota of the namespace admits pods of the scope \`${match[7]}\``
      : match[5] !== undefined
        ? `the ResourceQuota \`${match[5]}\` requires that every container states ${match[6]}`
        : `the ResourceQuota \`${match[1]}\` is exceeded${match[2] === undefined ? '' : ` (requested ${match[2]}, used ${match[3]}, limited ${match[4]})`}`,
  object: (match, message, view): ObjectRef | undefined => {
    if (match[7] !== undefined) return undefined;
    const resource = resourceIn(match[2] ?? '');
    const name = match[1] ?? match[5] ?? '';
    // What `kubectl apply` prints of a refusal does not say in which namespace.
    const listed = view.scene.objects.filter(({ ref }) => ref.kind === 'ResourceQuota' && ref.name === name);
    const namespace = message.object?.namespace ?? (listed.length === 1 ? listed[0]?.ref.namespace : undefined);
    return {
      kind: 'ResourceQuota',
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(resource === '' ? {} : { path: `spec.hard[${resource}]` }),
    };
  },
  remedies: (match, message, subject) => {
    const { namespace } = { ...subject, ...message.object };
    const near = namespace === undefined ? {} : { namespace };
    if (match[7] !== undefined)
      return [
        look('See the quotas and their scopes', command('kubectl', 'describe', 'resourcequota', inNamespace(near))),
        change(
          'Add a ResourceQuota with this scope to the namespace, or take the PriorityClass off the pods',
          'medium',
        ),
      ];
    const quota = match[1] ?? match[5] ?? '';
    const resource = resourceIn(match[2] ?? '');
    return [
      look('See what uses the quota', describe({ kind: 'ResourceQuota', name: quota, ...near })),
      match[5] !== undefined
        ? change(`State ${match[6]} in every container (or set defaults in a LimitRange)`)
        : /^(?:count\/|services|persistentvolumeclaims|configmaps|secrets)/.test(resource)
          ? change(
              `Remove ${resource.replace('count/', '')} that nothing uses, or raise spec.hard["${resource}"]`,
              'medium',
            )
          : change('Raise the quota, or lower requests or replicas', 'medium'),
    ];
  },
});

const amount = (text: string): number => quantity(text) ?? Number.NaN;

/** What a quota limits of pods; of claims it limits `requests.storage`. */
const OF_PODS = /^(?:(?:count\/)?pods|cpu|memory|ephemeral-storage|(?:requests|limits)\.(?!storage$).+)$/;

/** What one more pod of a workload adds to what a quota counts under a key, as its template says. */
function adds(view: View, ref: ObjectRef, key: string): number {
  if (/^(?:count\/)?pods$/.test(key)) return 1;
  const [section, resource] = key.includes('.') ? (key.split('.', 2) as [string, string]) : ['requests', key];
  const template = at(findObject(view.scene, workloadOf(view.scene, ref))?.object, 'spec', 'template', 'spec');
  const sums = objects(at(template, 'containers')).map((one) =>
    amount(String(at(one, 'resources', section, resource) ?? 0)),
  );
  return sums.reduce((sum, one) => sum + (Number.isNaN(one) ? 0 : one), 0);
}

/** Workloads whose pods cannot be made, beside a quota that is used up, where no message says that it is the reason. */
function fullQuotas(view: View): Draft[] {
  const failing = withoutPods(view);
  if (failing.length === 0) return [];
  return view.scene.objects.flatMap((quota): Draft[] => {
    if (quota.ref.kind !== 'ResourceQuota') return [];
    const hard = strings(at(quota.object, 'status', 'hard'));
    const used = strings(at(quota.object, 'status', 'used'));
    const hit = failing.filter(({ ref }) => ref.namespace === quota.ref.namespace);
    const full = Object.keys(hard).find((key) => {
      const [has, may] = [amount(used[key] ?? '0'), amount(hard[key] ?? '')];
      return OF_PODS.test(key) && (has >= may || hit.some(({ ref }) => has + adds(view, ref, key) > may));
    });
    if (full === undefined || hit.length === 0) return [];
    return [
      {
        object: { ...quota.ref, path: `spec.hard[${full}]` },
        aspect: RESOURCES.find(([, pattern]) => pattern.test(full))?.[0] ?? 'objects',
        summary: `The ResourceQuota \`${quota.ref.name}\` has no room (${full}: ${used[full]} of ${hard[full]}), and ${hit.map(({ ref }) => named(ref)).join(', ')} cannot make its pods`,
        confidence: 0.86,
        severity: 'failed',
        citations: [cite(quota, full), cite(hit[0], /ReplicaFailure|FailedCreate/)],
        involves: hit.map(({ ref }) => ref),
        remedies: [
          look('See what uses the quota', describe(quota.ref)),
          change('Raise the quota, or lower requests or replicas', 'medium'),
        ],
      },
    ];
  });
}

export const quotaExceeded: Analyzer = {
  ...refused,
  find: (view) => {
    const found = refused.find(view);
    return found.length > 0 ? found : fullQuotas(view);
  },
};
