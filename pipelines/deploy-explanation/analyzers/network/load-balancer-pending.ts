import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { asArray, at, number, text } from '../../../../src/json.ts';
import { about, cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** Clouds take a few minutes (seconds) to make a load balancer. */
const PATIENCE = 300;

export const loadBalancerPending: Analyzer = {
  kind: 'load-balancer-pending',
  stage: 'network',
  depth: DEPTH.service + 1,
  title: 'The Service gets no load balancer',
  about:
    'A Service of type LoadBalancer has no external address: the cloud refuses it (SyncLoadBalancerFailed), or nothing in the cluster makes load balancers.',
  remedy: "Read the Service's events: subnets, quotas, permissions and annotations decide.",
  find: (view) =>
    view.scene.objects.flatMap((service): Draft[] => {
      if (service.ref.kind !== 'Service') return [];
      const failure = about(view, service.ref).find(({ reason }) =>
        /^(?:SyncLoadBalancerFailed|FailedDeployModel|FailedBuildModel|UpdateLoadBalancerFailed|AllocationFailed)$/.test(
          reason,
        ),
      );
      const status = at(service.object, 'status', 'loadBalancer');
      const waits =
        text(at(service.object, 'spec', 'type')) === 'LoadBalancer' &&
        status !== undefined &&
        asArray(at(status, 'ingress')).length === 0 &&
        (number(service.object.age) ?? PATIENCE) >= PATIENCE;
      if (failure === undefined && !waits) return [];
      return [
        {
          object: service.ref,
          summary: `${named(service.ref)} gets no load balancer${failure === undefined ? ': its external address is pending' : `: ${failure.text.slice(0, 240)}`}`,
          confidence: failure === undefined ? 0.6 : 0.92,
          severity: failure === undefined ? 'degraded' : 'failed',
          citations: [failure?.cite(), cite(service, /pending/) ?? citeAny(service)],
          remedies: [
            look('Read its events', describe(service.ref)),
            change('Correct what the event names (subnets, quota, permissions, annotations)', 'medium'),
          ],
        },
      ];
    }),
};
