import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number, text } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Reasons with which a kubelet refuses a pod that was bound to it (Kubernetes, pkg/kubelet/lifecycle and its admit handlers). */
const REJECTED =
  /^(?:OutOf[a-z][\w./-]*|NodeAffinity|NodePorts|NodeName|UnexpectedAdmissionError|\w*AdmissionError|TopologyAffinityError|SysctlForbidden|AppArmor|InvalidNodeInfo|PodOS(?:NotSupported|SelectorNodeLabelDoesNotMatch)|InitContainerRestartPolicyForbidden|\w+Not(?:Supported|Admitted)|Terminated|NodeShutdown|Shutdown)$/;
/** What newer kubelets write before the reason, whichever it is. */
const WAS_REJECTED = /^Pod was rejected\b/;

/** Whether a state is one in which a node refused the pod. */
export const isRejection = (state: string): boolean => REJECTED.test(state);

/** A refused pod stays until it is cleaned up. Where its own revision is up in full since, it is history; a set's pod has no other. */
function isReplaced(view: View, pod: PodView): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  if (!/^(?:Deployment|ReplicaSet|Job)$/.test(workload.kind)) return false;
  const revision = (name: string) => name.slice(0, name.lastIndexOf('-'));
  const ready = view.pods.filter((other) => other.ready && revision(other.ref.name) === revision(pod.ref.name));
  const desired = number(at(findObject(view.scene, workload)?.object, 'spec', 'replicas')) ?? 1;
  return ready.length >= Math.max(1, desired);
}

export const podRejected: Analyzer = {
  kind: 'pod-rejected-by-node',
  stage: 'scheduling',
  depth: DEPTH.scheduling + 1,
  title: 'The node refuses the pod',
  about:
    'The pod was bound to a node, and its kubelet does not admit it (OutOfcpu, OutOfmemory, NodeAffinity, SysctlForbidden, TopologyAffinityError, UnexpectedAdmissionError), or the node was shut down.',
  remedy:
    'Let the scheduler choose (no nodeName), lower the requests, find what else holds the resource, or let the kubelet permit what the pod asks for (sysctls, profiles).',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const status = pod.source.object.status;
      const refused = WAS_REJECTED.test(text(at(status, 'message')) ?? '');
      const reason = [text(at(status, 'reason')), pod.rowStatus].find(
        (one) => one !== undefined && (refused || REJECTED.test(one)),
      );
      if (reason === undefined || isReplaced(view, pod)) return [];
      const message = about(view, pod.ref).find((one) => one.reason === reason || one.text.includes('was rejected'));
      const why = message?.text ?? text(at(status, 'message')) ?? '';
      const workload = changeable(view, pod);
      return [
        {
          object: workload,
          summary: `${named(workload)}: the node refuses its pod (${reason})${why === '' ? '' : `: ${why.slice(0, 200)}`}`,
          confidence: 0.9,
          severity: 'failed',
          citations: [message?.cite(), cite(pod.source, reason) ?? citeAny(pod.source)],
          involves: [workload, pod.ref],
          remedies: [
            look(
              'See what the node has left',
              describe({ kind: 'Node', name: text(at(pod.source.object, 'spec', 'nodeName')) ?? 'NODE' }),
            ),
            change('Lower the requests, or let the scheduler choose the node'),
          ],
        },
      ];
    }),
};
