import { list } from '../../../../src/evidence/commands/kubectl.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { findObject, podSpecOf, usesOf } from '../../../../src/evidence/relations.ts';
import { distance } from '../../../../src/nearest.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** How a pod waits for what its containers take their environment or volumes from. */
const WAITS = /^(?:Init:)?(?:CreateContainerConfigError|ContainerCreating|PodInitializing|0\/\d+)$/;

/** ConfigMaps of the scene with nearly the missing name, to say "did you mean". */
function similar(view: View, kind: string, name: string): string | undefined {
  return view.scene.objects
    .filter(({ ref }) => ref.kind === kind && ref.name !== name)
    .map(({ ref }) => ref.name)
    .find((other) => distance(other, name) <= Math.max(2, Math.floor(name.length / 6)));
}

/** An analyzer for a ConfigMap or Secret that pods name and that does not exist. */
export function missingReference(kind: 'ConfigMap' | 'Secret', slug: string): Analyzer {
  const plural = kind === 'ConfigMap' ? 'configmap' : 'secret';
  const pattern = new RegExp(
    `(?:${plural}s?|${kind}) \\\\?"([^"\\\\]+)\\\\?" not found|references non-existent ${plural}`,
    'i',
  );
  return {
    kind: slug,
    stage: 'startup',
    depth: DEPTH.config,
    title: `A ${kind} does not exist`,
    about: `A container takes its environment or a volume from a ${kind} that is not in the namespace.`,
    remedy: `Create the ${kind}, or correct the name in the workload.`,
    find: (view) =>
      view.troubled.flatMap((pod): Draft[] => {
        for (const message of about(view, pod.ref)) {
          const match = pattern.exec(message.text);
          const name = match?.[1];
          if (name === undefined) continue;
          const ref: ObjectRef = {
            kind,
            name: name.split('/').at(-1) ?? name,
            ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
          };
          const { path: _, ...workload } = changeable(view, pod);
          const other = similar(view, kind, ref.name);
          return [
            {
              object: ref,
              summary: `${named(workload)} cannot start: the ${kind} \`${ref.name}\` does not exist${other === undefined ? '' : ` (there is one named \`${other}\`)`}`,
              confidence: 0.96,
              severity: 'failed',
              citations: [message.cite(), cite(pod.source, ref.name), citeAny(pod.source)],
              involves: [workload, pod.ref],
              remedies: [
                look(`See which ${kind}s there are`, list(`${plural}s`, pod.ref)),
                change(`Create the ${kind} \`${ref.name}\`, or correct its name in ${workload.kind} ${workload.name}`),
              ],
            },
          ];
        }
        const absent =
          WAITS.test(pod.rowStatus ?? '') || pod.containers.some((c) => WAITS.test(c.waiting?.reason ?? ''));
        if (!absent || about(view, pod.ref).some((message) => /not found|couldn't find key/.test(message.text)))
          return [];
        return usesOf(podSpecOf(view.scene, pod.source))
          .filter(
            (use) =>
              use.kind === kind &&
              // The controller puts it into every namespace; many a tool leaves it out of its lists.
              use.name !== 'kube-root-ca.crt' &&
              view.scene.listed.has(kind, pod.ref.namespace) &&
              !view.scene.objects.some(({ ref }) => ref.kind === kind && ref.name === use.name),
          )
          .map((use): Draft => {
            const { path: _, ...workload } = changeable(view, pod);
            return {
              object: {
                kind,
                name: use.name,
                ...(pod.ref.namespace === undefined ? {} : { namespace: pod.ref.namespace }),
              },
              summary: `${named(workload)} cannot start: it uses the ${kind} \`${use.name}\`, which is not among those listed`,
              confidence: 0.85,
              severity: 'failed',
              citations: [
                cite(pod.source, use.name) ?? cite(findObject(view.scene, workload), use.name),
                cite(pod.source, /CreateContainerConfigError|ContainerCreating/),
              ],
              involves: [workload, pod.ref],
              remedies: [change(`Create the ${kind} \`${use.name}\``)],
            };
          });
      }),
  };
}
