import type { EngineName, KubeObject } from './violation.ts';

/** The engine a policy document is written for, or undefined when it is no policy that opsline runs. */
export function engineOf(document: KubeObject): EngineName | undefined {
  const group = String(document.apiVersion ?? '').split('/')[0] ?? '';
  const kind = String(document.kind ?? '');
  if (group === 'templates.gatekeeper.sh' && kind === 'ConstraintTemplate') return 'gatekeeper';
  if (group === 'constraints.gatekeeper.sh') return 'gatekeeper';
  if (group === 'kyverno.io' && (kind === 'ClusterPolicy' || kind === 'Policy')) return 'kyverno';
  if (group === 'policies.kyverno.io' && kind === 'ValidatingPolicy') return 'kyverno';
  return undefined;
}

/** Sorts policy documents by engine. What no engine takes is listed apart, never ignored in silence. */
export function byEngine(documents: readonly KubeObject[]): {
  readonly engines: ReadonlyMap<EngineName, readonly KubeObject[]>;
  readonly unknown: readonly KubeObject[];
} {
  const engines = new Map<EngineName, KubeObject[]>();
  const unknown: KubeObject[] = [];
  for (const document of documents) {
    const engine = engineOf(document);
    if (engine === undefined) unknown.push(document);
    else engines.set(engine, [...(engines.get(engine) ?? []), document]);
  }
  return { engines, unknown };
}
