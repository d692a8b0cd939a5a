import type { Analyzer } from '../analyzer.ts';
import { clusterDnsMisconfigured } from './cluster-dns-misconfigured.ts';
import { components } from './components.ts';
import { faultInjected } from './fault-injected.ts';
import { networkDegraded } from './network-degraded.ts';
import { nodeServices } from './node-services.ts';

/** What is wrong with the cluster itself, below any workload. */
export const platform: readonly Analyzer[] = [
  ...components,
  clusterDnsMisconfigured,
  ...nodeServices,
  faultInjected,
  networkDegraded,
];
