import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { command, inTurn } from '../../../../src/evidence/commands/shell.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Whether all storage classes were listed, and this one is none of them. */
function isAbsent(view: View, className: string | undefined): boolean {
  return (
    className !== undefined &&
    view.scene.listed.has('StorageClass', undefined) &&
    !view.scene.objects.some(({ ref }) => ref.kind === 'StorageClass' && ref.name === className)
  );
}

function reasonOf(view: View, className: string | undefined, said: string): string {
  const missing = /storageclass(?:\.storage\.k8s\.io)? "([^"]+)" not found/.exec(said)?.[1];
  if (missing !== undefined) return `its StorageClass \`${missing}\` does not exist`;
  if (isAbsent(view, className)) return `its StorageClass \`${className}\` is not among those there are`;
  if (/no persistent volumes available/.test(said))
    return 'no PersistentVolume fits it, and it has no storage class that makes one';
  const refused = /Cannot bind to requested volume "([^"]+)": ([^\n]+)/.exec(said);
  if (refused !== null) return `the volume \`${refused[1]}\` that it asks for does not fit (${refused[2]})`;
  const failed = /failed to provision volume[^\n]*?: (.*)/.exec(said)?.[1];
  return failed === undefined ? 'it is Pending' : `provisioning fails (${failed.slice(0, 160)})`;
}

/** What drivers say where they make no volume for the access modes that a claim asks for. */
const OF_MODES = /access ?modes?|MULTI_NODE|multi[ -]writer|volume ?capabilit|\bRWX\b|ReadWriteMany/i;

/** The member of the claim at fault. */
function pathOf(className: string | undefined, reason: string): { path?: string } {
  if (/^provisioning fails/.test(reason) && OF_MODES.test(reason)) return { path: 'spec.accessModes' };
  return className === undefined ? {} : { path: 'spec.storageClassName' };
}

function pendingClaims(view: View): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'PersistentVolumeClaim' && text(at(object, 'status', 'phase')) === 'Pending',
  );
}

/** Claims that only their events are known of. */
function toldClaims(view: View): SceneObject[] {
  const found = new Map<string, SceneObject>();
  for (const { type, reason, object: ref } of view.scene.events) {
    if (
      type !== 'Warning' ||
      ref?.kind !== 'PersistentVolumeClaim' ||
      !/^(?:ProvisioningFailed|FailedBinding)$/.test(reason) ||
      view.scene.listed.has('PersistentVolumeClaim', ref.namespace)
    )
      continue;
    if (!view.scene.objects.some((seen) => sameObject(seen.ref, ref)))
      found.set(`${ref.namespace ?? ''}/${ref.name}`, { ref, object: {}, sightings: [] });
  }
  return [...found.values()];
}

/** Whether a pod of the claim's namespace waits for a claim, and the evidence does not show which. */
function waitsForSomeClaim(view: View, claim: SceneObject, pod: PodView): boolean {
  return (
    pod.ref.namespace === claim.ref.namespace &&
    objects(at(pod.source.object, 'spec', 'volumes')).length === 0 &&
    about(view, pod.ref).some(({ text: said }) => said.includes('unbound immediate PersistentVolumeClaims'))
  );
}

/** What says that a claim fails, and not only waits. */
const DECISIVE = /not found|no persistent volumes|failed to provision|Cannot bind/;

function mounts(pod: PodView, { ref }: SceneObject): boolean {
  if (pod.ref.namespace !== ref.namespace) return false;
  const volumes = JSON.stringify(pod.source.object.spec ?? {});
  return volumes.includes(`"claimName":"${ref.name}"`) || ref.name.endsWith(`-${pod.ref.name}`);
}

/**
 * Whether the scheduler looked for a node and found none, for reasons that are not the pod's volumes. It looks at nodes only after every
 * claim that must be bound at once is bound (the PreFilter of its VolumeBinding plugin), so such a pod's claims wait for the pod.
 */
function waitsForANode(view: View, pod: PodView): boolean {
  const newest = about(view, pod.ref)
    .filter(
      ({ reason, text: said }) => /FailedScheduling|Unschedulable/.test(reason) && /nodes are available/.test(said),
    )
    .toSorted((a, b) => (a.age ?? 0) - (b.age ?? 0))[0];
  return newest !== undefined && !/volume/i.test(newest.text);
}

export const claimPending: Analyzer = {
  kind: 'volume-claim-pending',
  stage: 'scheduling',
  depth: DEPTH.scheduling - 2,
  title: 'A PersistentVolumeClaim cannot be bound',
  about: 'No volume fits the claim, its StorageClass does not exist, or provisioning fails.',
  remedy: 'Correct storageClassName, size or access mode; or create the volume.',
  find: (view) =>
    [...pendingClaims(view), ...toldClaims(view)].flatMap((claim): Draft[] => {
      const messages = about(view, claim.ref);
      const said = messages.map((message) => message.text).join('\n');
      const consumers = view.pods.filter((pod) => mounts(pod, claim));
      const delayed = /waiting for (?:first consumer|pod \S+ to be scheduled)/.test(said);
      if ((delayed || consumers.some((pod) => waitsForANode(view, pod))) && !DECISIVE.test(said)) return [];
      const className = text(at(claim.object, 'spec', 'storageClassName'));
      const decisive = messages.find((message) => DECISIVE.test(message.text)) ?? messages[0];
      const absent = isAbsent(view, className);
      const reason = reasonOf(view, className, said);
      const fault = pathOf(className, reason);
      return [
        {
          object: { ...claim.ref, ...fault },
          summary: `${named(claim.ref)} cannot be bound: ${reason}`,
          confidence: decisive !== undefined ? 0.94 : absent ? 0.92 : 0.75,
          severity: 'failed',
          citations: [
            decisive?.cite(),
            cite(claim, /StorageClass:|storageClassName/),
            cite(claim, /Pending/) ?? citeAny(claim),
            absent ? citeAny(view.scene.objects.find(({ ref }) => ref.kind === 'StorageClass')) : undefined,
          ],
          involves: view.pods
            .filter((pod) => consumers.includes(pod) || waitsForSomeClaim(view, claim, pod))
            .map((pod) => pod.ref),
          remedies: [
            look(
              'See which storage classes there are',
              inTurn(command('kubectl', 'get', 'storageclass'), describe(claim.ref)),
            ),
            change(
              fault.path === 'spec.accessModes'
                ? 'Ask for an access mode that the driver has (claims must be made anew for that), or take a class whose driver has this one'
                : 'Correct storageClassName (claims must be made anew for that), or create the class or volume',
              'medium',
            ),
          ],
        },
      ];
    }),
};
