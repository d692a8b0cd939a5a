import { cite, citeAny, inNamespace, named } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { unwellOf } from './unwell.ts';

/** Kinds that other analyzers know better. */
const KNOWN =
  /^(Pod|Deployment|ReplicaSet|StatefulSet|DaemonSet|Job|CronJob|Node|Service|Endpoints|EndpointSlice|Namespace|PersistentVolumeClaim|PersistentVolume|HorizontalPodAutoscaler|Application|ConfigMap|Secret|Event|Ingress|PodDisruptionBudget|ResourceQuota|ReplicationController|APIService|CustomResourceDefinition|Alert|AnalysisRun|NetworkPolicy|Unknown)$/;

export const resourceUnwell: Analyzer = {
  kind: 'custom-resource-unwell',
  stage: 'custom',
  depth: DEPTH.custom,
  title: 'A custom resource says that it is unwell',
  about:
    'status.conditions, a phase or a state of any resource that no other kind covers says failed, degraded, invalid or the like.',
  remedy: 'Read its message; look at the log of its controller.',
  find: (view) =>
    view.scene.objects.flatMap((source): Draft[] => {
      const { ref, object } = source;
      if (KNOWN.test(ref.kind)) return [];
      const unwell = unwellOf(object);
      if (unwell === undefined) return [];
      return [
        {
          object: ref,
          summary: `${named(ref)} is unwell: ${unwell.message.trim().slice(0, 600)}`,
          confidence: unwell.weight >= 4 ? 0.88 : unwell.weight >= 3 ? 0.8 : 0.7,
          severity: 'degraded',
          citations: [cite(source, unwell.needle) ?? citeAny(source)],
          remedies: [
            look('Read all of its status', `kubectl describe ${ref.kind.toLowerCase()} ${ref.name}${inNamespace(ref)}`),
          ],
        },
      ];
    }),
};
