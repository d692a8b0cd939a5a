import { command } from '../../../../src/evidence/commands/shell.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, strings, text } from '../../../../src/json.ts';
import { distance } from '../../../../src/nearest.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const UNRESOLVED =
  /no such host|NXDOMAIN|SERVFAIL|ENOTFOUND|EAI_AGAIN|name resolution|could not resolve|Name or service not known/i;

interface CorefileFault {
  readonly why: string;
  readonly needle: RegExp | string;
  /** An address that it answers with instead of the Service's. */
  readonly address?: string;
}

/** What a Corefile does to the names of Services: answers them with an error or a wrong address, or leaves them to nobody. */
function faultIn(view: View, corefile: string): CorefileFault | undefined {
  const rules = corefile.replace(/#[^\n]*/g, '');
  const denied =
    /\btemplate\s+\S+\s+\S+\s+([^{\n]*?(?:cluster\.local|\bsvc\b)\S*)\s*\{[^}]*?\brcode\s+(NXDOMAIN|SERVFAIL|REFUSED)/.exec(
      rules,
    );
  if (denied !== null)
    return { why: `a template answers every name in \`${denied[1]}\` with ${denied[2]}`, needle: /template\s/ };
  const zone = /^\s*((?:[\w-]+\.)*cluster\.local)(?::53)?\s*\{((?:[^{}]|\{[^{}]*\})*)\}/gm;
  for (const [, name = '', block = ''] of rules.matchAll(zone))
    if (!/^\s*(?:kubernetes|import)\b/m.test(block))
      return { why: `its block for \`${name}\` does not ask the \`kubernetes\` plugin`, needle: name };
  const serves = /^\s*\.(?::53)?\s/m.test(rules);
  if (serves && !/^\s*(?:kubernetes|k8s_external|import)\b/m.test(rules))
    return { why: 'it does not have the `kubernetes` plugin, which knows the names of Services', needle: /Corefile/ };
  return otherDomain(view, rules) ?? pinnedIn(view, rules) ?? rewrittenIn(view, rules);
}

/**
 * The `kubernetes` plugin answers for a domain that is not the cluster's. Clusters may have a domain of their own: what their
 * resolvers search, or anything else in the evidence, then speaks of it.
 */
function otherDomain(view: View, rules: string): CorefileFault | undefined {
  const asked = [...rules.matchAll(/^\s*kubernetes[ \t]+([^{\n]+)/gm)].flatMap(([, zones = '']) =>
    zones.trim().split(/\s+/),
  );
  const zones = asked.filter((zone) => !/\.arpa$/.test(zone));
  const spoken = (zone: string) => view.scene.items.some((item) => item.text.includes(`svc.${zone}`));
  const [zone] = zones;
  if (zone === undefined || zones.some((one) => /^(?:cluster\.local|\.)\.?$/.test(one) || spoken(one)))
    return undefined;
  if (distance(zone, 'cluster.local') > 2 && !spoken('cluster.local')) return undefined;
  return { why: `the \`kubernetes\` plugin answers for \`${zone}\`, not for \`cluster.local\``, needle: zone };
}

/** The Service that a name means, and its own address. */
function serviceOf(view: View, host: string): { readonly name: string; readonly address?: string } | undefined {
  const [, name, space] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[\w.-]+)?$/.exec(host.replace(/\.$/, '')) ?? [];
  if (name === undefined) return undefined;
  const service = view.scene.objects.find(
    ({ ref }) =>
      ref.kind === 'Service' && ref.name === name && (ref.namespace === undefined || ref.namespace === space),
  );
  const address = text(at(service?.object, 'spec', 'clusterIP'));
  return service === undefined ? undefined : { name, ...(address === undefined ? {} : { address }) };
}

/** A line of the `hosts` plugin that gives a Service another address than its own. */
function pinnedIn(view: View, corefile: string): CorefileFault | undefined {
  for (const [, block = ''] of corefile.matchAll(/\bhosts\b[^{\n]*\{([^}]*)\}/g))
    for (const line of block.split('\n')) {
      const [address = '', ...hosts] = line.trim().split(/\s+/);
      if (!/^(?:\d+\.){3}\d+$|:.*:/.test(address)) continue;
      for (const host of hosts) {
        const service = serviceOf(view, host);
        if (service?.address === undefined || service.address === address || !/\d/.test(service.address)) continue;
        return {
          why: `the hosts plugin answers \`${host}\` with ${address}, and Service ${service.name} has ${service.address}`,
          needle: host,
          address,
        };
      }
    }
  return undefined;
}

/** A rewrite of the name of a Service that exists into another name. */
function rewrittenIn(view: View, corefile: string): CorefileFault | undefined {
  const rewrite = /\brewrite\s+(?:(?:stop|continue)\s+)?name\s+(?:exact\s+)?([\w.-]+)\s+([\w.-]+)/g;
  for (const [, from = '', to = ''] of corefile.matchAll(rewrite))
    if (from !== to && serviceOf(view, from) !== undefined)
      return { why: `a rewrite turns \`${from}\` into \`${to}\``, needle: from };
  return undefined;
}

/** What shows that the fault is felt: a name that does not resolve, or calls to the wrong address. */
function observed(view: View, { address }: CorefileFault): Draft['citations'] | undefined {
  const check = view.checks.find(({ outcome }) => outcome === 'unresolved');
  if (check !== undefined) return [check.cite()];
  const wrong = address === undefined ? undefined : new RegExp(`\\b${address.replaceAll('.', '\\.')}\\b`);
  for (const { item, lines } of view.scene.logs) {
    const line = lines.find(
      ({ text: said, level }) => level !== 'debug' && (UNRESOLVED.test(said) || wrong?.test(said) === true),
    );
    if (line !== undefined)
      return [{ evidence: item.id, lines: { from: line.n, to: line.n }, quote: line.raw.slice(0, 400) }];
  }
  return undefined;
}

function isCorefile({ ref }: SceneObject): boolean {
  return ref.kind === 'ConfigMap' && /^(?:rke2-coredns-rke2-|eks-)?coredns(?:-custom)?$/.test(ref.name);
}

export const clusterDnsMisconfigured: Analyzer = {
  kind: 'cluster-dns-misconfigured',
  stage: 'network',
  depth: DEPTH.platform,
  title: 'Cluster DNS runs and is configured to answer wrongly',
  about:
    'The Corefile of CoreDNS answers names of Services with an error (a template) or a wrong address (hosts, rewrite), or lacks the plugin that knows them (in all or in one zone, or has it answer for another domain), although its pods are ready.',
  remedy: 'Take that part out of the Corefile; CoreDNS reloads it by itself.',
  find: (view) =>
    view.scene.objects.filter(isCorefile).flatMap((map): Draft[] => {
      const [key, fault] =
        Object.entries(strings(map.object.data))
          .map(([name, corefile]) => [name, faultIn(view, corefile)] as const)
          .find(([, found]) => found !== undefined) ?? [];
      if (key === undefined || fault === undefined) return [];
      const seen = observed(view, fault);
      return [
        {
          object: { ...map.ref, path: `data.${key}` },
          summary: `${named(map.ref)} makes cluster DNS answer wrongly: ${fault.why}`,
          confidence: seen === undefined ? 0.75 : 0.95,
          severity: seen === undefined ? 'degraded' : 'failed',
          citations: [cite(map, fault.needle) ?? citeAny(map), ...(seen ?? [])],
          remedies: [
            look(
              'Read the Corefile',
              command('kubectl', 'get', 'configmap', 'coredns', '-n', 'kube-system', '-o', 'yaml'),
            ),
            change('Take that part out of the Corefile', 'medium'),
          ],
        },
      ];
    }),
};
