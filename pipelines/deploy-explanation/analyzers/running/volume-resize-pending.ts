import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { quantity } from '../../../../src/evidence/placement.ts';
import { usesOf, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const ASPECTS = {
  'restart-needed': 'the disk has grown, and the file system grows when its pod starts anew',
  'not-expandable': 'its StorageClass does not allow expansion, or no controller does it',
  failed: 'the driver or the cloud could not make the disk larger',
  'under-way': 'the disk is being made larger',
};
type Aspect = keyof typeof ASPECTS;

const NOT_EXPANDABLE =
  /only dynamically provisioned pvc can be resized|storageclass that provisions the pvc must support resize|does not allow volume expansion|didn't find a plugin capable of expanding/;

interface Sign {
  readonly claim: ObjectRef;
  /** None where only the sizes differ, and nothing says why. */
  readonly aspect?: Aspect;
  readonly said: string;
  readonly citations: readonly (Citation | undefined)[];
}

function signs(view: View): Sign[] {
  const claims = view.scene.objects.filter(({ ref }) => ref.kind === 'PersistentVolumeClaim');
  const seen = claims.flatMap((claim): Sign[] => {
    const conditions = objects(at(claim.object, 'status', 'conditions')).filter(
      ({ status }) => text(status) === 'True',
    );
    const type = (wanted: string) => conditions.find((condition) => condition.type === wanted);
    const messages = about(view, claim.ref);
    const failure = messages.find(({ reason }) => /^(?:VolumeResizeFailed|FileSystemResizeFailed)$/.test(reason));
    const idle = messages.find(({ text: said }) => NOT_EXPANDABLE.test(said));
    const sign = (aspect: Aspect | undefined, said: string, ...citations: Sign['citations']): Sign[] => [
      {
        claim: claim.ref,
        ...(aspect === undefined ? {} : { aspect }),
        said,
        citations: [...citations, citeAny(claim)],
      },
    ];
    if (failure !== undefined) return sign('failed', failure.text.slice(0, 220), failure.cite());
    if (idle !== undefined) return sign('not-expandable', idle.text.slice(0, 220), idle.cite());
    if (type('ControllerResizeError') !== undefined || type('NodeResizeError') !== undefined)
      return sign('failed', 'its condition says so', cite(claim, /ResizeError/));
    if (type('FileSystemResizePending') !== undefined)
      return sign(
        'restart-needed',
        'the file system waits for its pod to start anew',
        cite(claim, 'FileSystemResizePending'),
      );
    if (type('Resizing') !== undefined) return sign('under-way', 'it is being resized', cite(claim, 'Resizing'));
    const [asked, given] = [
      text(at(claim.object, 'spec', 'resources', 'requests', 'storage')),
      text(at(claim.object, 'status', 'capacity', 'storage')),
    ];
    return (quantity(asked) ?? 0) > (quantity(given) ?? Number.POSITIVE_INFINITY)
      ? sign(undefined, `it asks for ${asked} and has ${given}`, cite(claim, `storage: ${asked}`))
      : [];
  });
  const refused = view.messages.flatMap((message): Sign[] => {
    const name = /persistentvolumeclaims "([^"]+)" is forbidden/.exec(message.text)?.[1];
    if (name === undefined || !NOT_EXPANDABLE.test(message.text)) return [];
    const said = 'its StorageClass does not support it';
    return [
      { claim: { kind: 'PersistentVolumeClaim', name }, aspect: 'not-expandable', said, citations: [message.cite()] },
    ];
  });
  return [...seen, ...refused];
}

export const volumeResizePending: Analyzer = {
  kind: 'volume-resize-pending',
  stage: 'running',
  depth: DEPTH.config + 4,
  title: 'A volume does not become larger',
  about:
    'A PersistentVolumeClaim asks for more space than it has: its conditions or events say that the resize waits, failed, or is not allowed; or its sizes differ.',
  remedy:
    'Restart its pod where the file system waits for it; else allow expansion in the StorageClass, or ask the driver why.',
  aspects: ASPECTS,
  find: (view) =>
    signs(view).map(({ claim, aspect, said, citations }): Draft => {
      const users = view.pods.filter(({ ref, source }) =>
        usesOf(source.object.spec).some(
          (use) =>
            use.kind === 'PersistentVolumeClaim' &&
            use.name === claim.name &&
            (ref.namespace ?? claim.namespace) === (claim.namespace ?? ref.namespace),
        ),
      );
      return {
        object: { ...claim, path: 'spec.resources.requests.storage' },
        ...(aspect === undefined ? {} : { aspect }),
        summary: `${named(claim)} does not become larger: ${said}`,
        confidence: aspect === 'under-way' ? 0.6 : aspect === undefined ? 0.7 : 0.88,
        severity: aspect === 'failed' || aspect === 'not-expandable' ? 'failed' : 'degraded',
        citations,
        involves: users.flatMap(({ ref }) => [ref, workloadOf(view.scene, ref)]),
        remedies: [
          look('See its conditions and events', describe(claim)),
          aspect === 'restart-needed'
            ? change('Restart the pod that uses it', 'medium')
            : aspect === 'not-expandable'
              ? change('Set allowVolumeExpansion in its StorageClass, or move the data to a larger claim', 'medium')
              : look(
                  "Read the log of the driver's resizer",
                  command('kubectl', 'logs', '-n', 'kube-system', 'DRIVER-CONTROLLER', '-c', 'csi-resizer'),
                ),
        ],
      };
    }),
};
