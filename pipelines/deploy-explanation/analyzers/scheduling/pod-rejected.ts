import { at, text } from '../../../../src/json.ts';
import { about, changeable, cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Reasons with which a kubelet refuses a pod that was bound to it (Kubernetes, pkg/kubelet/lifecycle). */
const REJECTED =
  /^(?:OutOf[a-z][\w./-]*|NodeAffinity|NodePorts|NodeName|UnexpectedAdmissionError|TopologyAffinityError|PodOSNotSupported|Terminated|NodeShutdown|Shutdown)$/;

export const podRejected: Analyzer = {
  kind: 'pod-rejected-by-node',
  stage: 'scheduling',
  depth: DEPTH.scheduling + 1,
  title: 'The node refuses the pod',
  about:
    'The pod was bound to a node, and its kubelet does not admit it (OutOfcpu, OutOfmemory, NodeAffinity, UnexpectedAdmissionError), or the node was shut down.',
  remedy: 'Let the scheduler choose (no nodeName), lower the requests, or find what else holds the resource.',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const status = pod.source.object.status;
      const reason = [text(at(status, 'reason')), pod.rowStatus].find((one) => one !== undefined && REJECTED.test(one));
      if (reason === undefined) return [];
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
            look('See what the node has left', 'kubectl describe node NODE'),
            change('Lower the requests, or let the scheduler choose the node'),
          ],
        },
      ];
    }),
};
