import { servicesIn } from '../../../../src/evidence/calls.ts';
import { get } from '../../../../src/evidence/commands/kubectl.ts';
import { type Citation, sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { selectedBy, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { number, objects } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { podOfLog } from '../startup/log-errors.ts';
import { targetPorts } from './target-ports.ts';

/** A program says on which port it listens. */
export const LISTENS =
  /\b(?:listening|serving|running (?:on|at)|server (?:started|running)|ready for connections|server socket created|tomcat (?:started|initialized))\b[^\n]{0,80}?(?:\bports?\b[^\d\n]{0,12}|:)(\d{2,5})\b/i;

export interface Refusal {
  readonly service: SceneObject;
  readonly citation: Citation | undefined;
}

/** Calls to Services that were refused, as logs and checks tell. */
export function refusals(view: View): Refusal[] {
  const found: Refusal[] = view.checks
    .filter(({ outcome }) => outcome === 'refused')
    .flatMap((check) => servicesIn(view.scene, check.said).map((service) => ({ service, citation: check.cite() })));
  for (const { item, lines } of view.scene.logs)
    for (const { n, raw, text } of lines) {
      if (!/refused/i.test(text.slice(0, 2000))) continue;
      const citation = { evidence: item.id, lines: { from: n, to: n }, quote: raw.slice(0, 400) };
      for (const service of servicesIn(view.scene, text.slice(0, 2000))) found.push({ service, citation });
    }
  return found;
}

/** Pods behind a Service. Where tables show no labels, a workload of its name is its own. */
export function podsBehind(view: View, service: SceneObject): PodView[] {
  const selected = selectedBy(view.scene, service, view.pods);
  if (selected.length > 0)
    return view.pods.filter(({ ref }) =>
      [ref, workloadOf(view.scene, ref)].some((own) => selected.some((one) => sameObject(one, own))),
    );
  return view.pods.filter(
    ({ ref, labels }) =>
      Object.keys(labels).length === 0 &&
      ref.namespace === service.ref.namespace &&
      workloadOf(view.scene, ref).name === service.ref.name,
  );
}

/** Ports on which the pods behind a Service say that they listen, with the lines that say so. */
function listening(view: View, service: SceneObject): Map<number, Citation> {
  const behind = podsBehind(view, service);
  const ports = new Map<number, Citation>();
  for (const log of view.scene.logs) {
    const pod = podOfLog(view, log);
    if (pod?.ready !== true || !behind.includes(pod)) continue;
    for (const { n, raw, text } of log.lines) {
      const port = Number(LISTENS.exec(text.slice(0, 500))?.[1]);
      const citation = { evidence: log.item.id, lines: { from: n, to: n }, quote: raw.slice(0, 400) };
      if (port > 0 && !ports.has(port)) ports.set(port, citation);
    }
  }
  return ports;
}

/**
 * Services whose calls are refused, while the log of a ready pod behind them says that it listens on another port than
 * the one they send to, whatever port its container declares.
 */
export function listensElsewhere(view: View): Draft[] {
  const seen = new Set<SceneObject>();
  return refusals(view).flatMap(({ service, citation }): Draft[] => {
    if (seen.has(service)) return [];
    seen.add(service);
    const ports = listening(view, service);
    if (ports.size === 0) return [];
    const pods = podsBehind(view, service);
    const targets = targetPorts(service, pods);
    if (targets.length === 0 || targets.some((target) => ports.has(target))) return [];
    const [pod] = pods;
    if (pod === undefined) return [];
    const workload = workloadOf(view.scene, pod.ref);
    const declared = pod.containers.some(({ spec }) =>
      objects(spec.ports).some(({ containerPort }) => targets.includes(number(containerPort) ?? -1)),
    );
    const [port, line] = [...ports][0] as [number, Citation];
    return [
      {
        // A container that declares the port is meant to listen there.
        object: declared ? workload : { ...service.ref, path: 'spec.ports.targetPort' },
        summary: `${named(service.ref)} sends to port ${targets.join(', ')}, but ${named(workload)} says that it listens on ${[...ports.keys()].join(', ')}, so calls are refused`,
        confidence: 0.86,
        severity: 'failed',
        citations: [line, cite(service, /TargetPort:|targetPort/) ?? citeAny(service), citation],
        involves: [service.ref, workload],
        remedies: [
          look('See the ports behind the Service', get(service.ref)),
          change(`Let ${workload.kind} ${workload.name} listen on ${targets[0]}, or set targetPort to ${port}`),
        ],
      },
    ];
  });
}
