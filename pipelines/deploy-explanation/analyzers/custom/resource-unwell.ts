import type { ObjectRef } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { complaintsIn, judge } from '../../../../src/evidence/status/judge.ts';
import { cite, citeAny, inNamespace, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { isCustom } from './own-words.ts';

/** The last two parts of the domain of an API group: resources of one maker share it. */
const makerOf = ({ apiVersion = '' }: ObjectRef) => apiVersion.split('/')[0]?.split('.').slice(-2).join('.');

/**
 * What a resource was made for, as controllers name what they make (`shop-tls-1-3120446781` for the Certificate `shop-tls`): the
 * resource of the same maker that a person wrote, where it waits and does not say why.
 */
function wholeOf(view: View, part: SceneObject): SceneObject | undefined {
  if (part.ref.apiVersion === undefined) return undefined;
  return view.scene.objects
    .filter(
      ({ ref, object }) =>
        isCustom(ref) &&
        ref.kind !== part.ref.kind &&
        ref.namespace === part.ref.namespace &&
        part.ref.name.startsWith(`${ref.name}-`) &&
        makerOf(ref) === makerOf(part.ref) &&
        judge(object)?.is === 'under-way',
    )
    .toSorted((a, b) => a.ref.name.length - b.ref.name.length)[0];
}

export const resourceUnwell: Analyzer = {
  kind: 'custom-resource-unwell',
  stage: 'custom',
  depth: DEPTH.custom,
  title: 'A custom resource says that it is unwell',
  about:
    'status.conditions, a phase, a state, a flag or an error of any resource that no other kind covers says failed, degraded, invalid or the like, wherever in its status.',
  remedy: 'Read its message; look at the log of its controller.',
  find: (view) =>
    view.scene.objects.flatMap((source): Draft[] => {
      const { ref, object } = source;
      if (!isCustom(ref)) return [];
      const judgement = judge(object);
      if (judgement?.is !== 'unwell') return [];
      const whole = wholeOf(view, source);
      const complaints = complaintsIn(judgement.because);
      const cited = complaints.map(
        ({ statement }) => statement.needles.flatMap((needle) => cite(source, needle) ?? [])[0],
      );
      const says = complaints.map((complaint) => complaint.says.slice(0, 600)).join('; ');
      return [
        {
          object: whole?.ref ?? ref,
          summary: `${whole === undefined ? '' : `${named(whole.ref)} does not become ready: `}${named(ref)} is unwell: ${says.slice(0, 900)}`,
          confidence: judgement.sure ? (judgement.because[0]?.own === true ? 0.88 : 0.8) : 0.7,
          severity: 'degraded',
          ...(whole === undefined ? {} : { involves: [ref] }),
          citations: cited.some((citation) => citation !== undefined) ? cited : [citeAny(source)],
          remedies: [
            look('Read all of its status', `kubectl describe ${ref.kind.toLowerCase()} ${ref.name}${inNamespace(ref)}`),
          ],
        },
      ];
    }),
};
