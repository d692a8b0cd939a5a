import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { strings } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const UNRESOLVED =
  /no such host|NXDOMAIN|SERVFAIL|ENOTFOUND|EAI_AGAIN|name resolution|could not resolve|Name or service not known/i;

/** What a Corefile does to the names of Services: answers them with an error, or leaves them to nobody. */
function faultIn(corefile: string): { why: string; needle: RegExp } | undefined {
  const text = corefile.replace(/#[^\n]*/g, '');
  const denied =
    /\btemplate\s+\S+\s+\S+\s+([^{\n]*?(?:cluster\.local|\bsvc\b)\S*)\s*\{[^}]*?\brcode\s+(NXDOMAIN|SERVFAIL|REFUSED)/.exec(
      text,
    );
  if (denied !== null)
    return { why: `a template answers every name in \`${denied[1]}\` with ${denied[2]}`, needle: /template\s/ };
  const serves = /^\s*\.(?::53)?\s/m.test(text);
  if (serves && !/^\s*(?:kubernetes|k8s_external|import)\b/m.test(text))
    return { why: 'it does not have the `kubernetes` plugin, which knows the names of Services', needle: /Corefile/ };
  return undefined;
}

function observed(view: View): Draft['citations'] | undefined {
  const check = view.checks.find(({ outcome }) => outcome === 'unresolved');
  if (check !== undefined) return [check.cite()];
  for (const { item, lines } of view.scene.logs) {
    const line = lines.find(({ text, level }) => level !== 'debug' && UNRESOLVED.test(text));
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
  title: 'Cluster DNS runs and is configured to deny names',
  about:
    'The Corefile of CoreDNS answers names of Services with an error (a template), or lacks the plugin that knows them, so that names do not resolve although its pods are ready.',
  remedy: 'Take that part out of the Corefile; CoreDNS reloads it by itself.',
  find: (view) =>
    view.scene.objects.filter(isCorefile).flatMap((map): Draft[] => {
      const [key, fault] =
        Object.entries(strings(map.object.data))
          .map(([name, text]) => [name, faultIn(text)] as const)
          .find(([, found]) => found !== undefined) ?? [];
      if (key === undefined || fault === undefined) return [];
      const seen = observed(view);
      return [
        {
          object: { ...map.ref, path: `data.${key}` },
          summary: `${named(map.ref)} makes cluster DNS deny names: ${fault.why}`,
          confidence: seen === undefined ? 0.75 : 0.95,
          severity: seen === undefined ? 'degraded' : 'failed',
          citations: [cite(map, fault.needle) ?? citeAny(map), ...(seen ?? [])],
          remedies: [
            look('Read the Corefile', 'kubectl get configmap coredns -n kube-system -o yaml'),
            change('Take that part out of the Corefile', 'medium'),
          ],
        },
      ];
    }),
};
