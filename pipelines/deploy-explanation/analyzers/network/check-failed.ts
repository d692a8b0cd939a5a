import { servicesIn } from '../../../../src/evidence/calls.ts';
import type { FailedCheck, Outcome } from '../../../../src/evidence/checks.ts';
import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { jobEnd } from '../../../../src/evidence/outputs.ts';
import { named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';
import { outputsIn } from '../output-analyzer.ts';

const SAYS: Readonly<Record<Outcome, string>> = {
  refused: 'is refused: nothing listens there, or nobody stands behind the Service',
  timeout: 'gets no answer: the network (a policy, a firewall, a wrong address) swallows it',
  reset: 'is torn down: the other side speaks another protocol, or wants TLS',
  unresolved: 'does not resolve the name',
  'http-error': 'is answered with a server error',
  loss: 'loses packets',
  untrusted: 'does not accept the certificate',
};

/** Whether a check stands in the log of a job that went well: then its script did without the answer. */
function passed(view: View, item: FailedCheck['item']): boolean {
  return outputsIn(view).some((output) => output.name === item.source.name && jobEnd(output)?.passed === true);
}

export const checkFailed: Analyzer = {
  kind: 'connectivity-check-failed',
  stage: 'network',
  depth: DEPTH.ingress + 2,
  title: 'A connectivity check fails',
  about:
    '`curl`, `nc`, `nslookup`, `dig` or the like in the transcript gets no good answer. It is a symptom; its way of failing narrows the cause.',
  remedy: 'Follow the way: name, Service, endpoints, policy, pod.',
  find: (view) =>
    view.checks
      .filter(({ outcome, item }) => outcome !== 'loss' && !passed(view, item))
      .map((check): Draft => {
        const services = servicesIn(view.scene, check.said).map(({ ref }) => ref);
        const line = (check.said.split('\n')[0] ?? '').slice(0, 160);
        return {
          object: services[0] ?? { kind: 'Check', name: check.tool },
          summary: `The check \`${line}\` ${SAYS[check.outcome]}${services.length === 0 ? '' : ` (${services.slice(0, 2).map(named).join(', ')})`}`,
          confidence: 0.55,
          severity: 'degraded',
          citations: [check.cite()],
          involves: services,
          remedies: [look('See Service and endpoints', list('services,endpoints', services[0]))],
        };
      }),
};
