import type { Analyzer } from '../analyzer.ts';
import { advertisedAddressWrong } from './advertised-address.ts';
import { checkFailed } from './check-failed.ts';
import { routeNotAccepted, routeUnresolved } from './gateway-route.ts';
import { hostAliasWrong } from './host-alias.ts';
import { backendMissing, ingressClassMissing } from './ingress.ts';
import { ingressBackendPort, ingressTlsSecretMissing } from './ingress-rules.ts';
import { loadBalancerPending } from './load-balancer-pending.ts';
import { listensOnLoopback } from './loopback.ts';
import { meshSidecarMissing, meshTlsMismatch } from './mesh.ts';
import { meshAuthorizationDenied } from './mesh-authorization.ts';
import { meshRouteUnresolved } from './mesh-route.ts';
import { ingressBackendWrong, ingressHostUnrouted } from './misrouted.ts';
import { networkPolicyBlocks } from './network-policy.ts';
import { noEndpoints, selectorMismatch, targetPortMismatch } from './service.ts';
import { serviceProtocolMismatch } from './service-protocol.ts';
import { serviceReferenceWrong } from './service-reference.ts';

export const network: readonly Analyzer[] = [
  selectorMismatch,
  targetPortMismatch,
  noEndpoints,
  loadBalancerPending,
  ingressClassMissing,
  backendMissing,
  ingressBackendPort,
  ingressTlsSecretMissing,
  ingressBackendWrong,
  ingressHostUnrouted,
  routeUnresolved,
  routeNotAccepted,
  listensOnLoopback,
  serviceProtocolMismatch,
  serviceReferenceWrong,
  advertisedAddressWrong,
  hostAliasWrong,
  networkPolicyBlocks,
  meshSidecarMissing,
  meshTlsMismatch,
  meshAuthorizationDenied,
  meshRouteUnresolved,
  checkFailed,
];
