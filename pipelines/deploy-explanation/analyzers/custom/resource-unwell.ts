import { complaintsIn, judge } from '../../../../src/evidence/status/judge.ts';
import { cite, citeAny, inNamespace, named } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { isCustom } from './own-words.ts';

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
      const complaints = complaintsIn(judgement.because);
      const cited = complaints.map(
        ({ statement }) => statement.needles.flatMap((needle) => cite(source, needle) ?? [])[0],
      );
      const says = complaints.map((complaint) => complaint.says.slice(0, 600)).join('; ');
      return [
        {
          object: ref,
          summary: `${named(ref)} is unwell: ${says.slice(0, 900)}`,
          confidence: judgement.sure ? (judgement.because[0]?.own === true ? 0.88 : 0.8) : 0.7,
          severity: 'degraded',
          citations: cited.some((citation) => citation !== undefined) ? cited : [citeAny(source)],
          remedies: [
            look('Read all of its status', `kubectl describe ${ref.kind.toLowerCase()} ${ref.name}${inNamespace(ref)}`),
          ],
        },
      ];
    }),
};
