import { behind, isOfPort } from '../../../../src/evidence/calls.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { type Citation, sameObject } from '../../../../src/evidence/model.ts';
import { selectedBy } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

/** What is none of the protocols that a port may have was not read rightly. */
const PROTOCOLS = /^(?:TCP|UDP|SCTP)$/;

const protocolOf = (port: unknown) => PROTOCOLS.exec((text(at(port, 'protocol')) ?? '').toUpperCase())?.[0] ?? 'TCP';

/** Tools that connect by TCP, unless they are told otherwise. */
const TCP_TOOL = /^(?:nc|ncat|telnet|curl|wget|redis-cli|psql|mysql|mongosh?)$/;

/** A Service that has a port for UDP alone, which callers (a check, or a program that says so) try by TCP in vain. */
function askedByTcp(view: View, service: SceneObject): Draft[] {
  const ports = objects(at(service.object, 'spec', 'ports'));
  return ports.flatMap((port): Draft[] => {
    const asked = number(port.port);
    if (asked === undefined || protocolOf(port) !== 'UDP') return [];
    if (ports.some((one) => number(one.port) === asked && protocolOf(one) !== 'UDP')) return [];
    const tried = triedByTcp(view, service, asked);
    if (tried === undefined) return [];
    return [
      {
        object: { ...service.ref, path: 'spec.ports.protocol' },
        summary: `${named(service.ref)} has port ${asked} for UDP only, and its callers connect by TCP`,
        confidence: 0.9,
        severity: 'failed',
        citations: [cite(service, `${asked}/UDP`) ?? cite(service, /protocol"?:\s*"?UDP/) ?? citeAny(service), tried],
        involves: behind(view.scene, view.pods, [service]),
        remedies: [
          look('See the ports', describe(service.ref)),
          change(`Set the protocol of Service ${service.ref.name} to TCP`),
        ],
      },
    ];
  });
}

function triedByTcp(view: View, service: SceneObject, port: number): Citation | undefined {
  const asks = (said: string) => isOfPort(view.scene, service, port, said);
  const check = view.checks.find(
    ({ tool, outcome, said }) =>
      TCP_TOOL.test(tool) && /^(?:refused|timeout)$/.test(outcome) && !/\s-\w*u/.test(said) && asks(said),
  );
  if (check !== undefined) return check.cite();
  for (const log of view.scene.logs)
    for (const { text: said, raw, n } of log.lines)
      if (/\btcp\b/i.test(said) && /refused|timed? ?out|timeout/i.test(said) && asks(said.slice(0, 2000)))
        return { evidence: log.item.id, lines: { from: n, to: n }, quote: raw.slice(0, 400) };
  return undefined;
}

export const serviceProtocolMismatch: Analyzer = {
  kind: 'service-protocol-mismatch',
  stage: 'network',
  depth: DEPTH.service,
  title: 'The Service uses another protocol than the container',
  about: 'The Service forwards UDP (or TCP) to a port that the container declares for the other protocol only.',
  remedy: "Set the protocol of the Service's port to the container's.",
  find: (view) =>
    view.scene.objects.flatMap((service): Draft[] => {
      if (service.ref.kind !== 'Service') return [];
      const refs = selectedBy(view.scene, service, view.pods);
      const source = view.scene.objects.find(
        ({ ref, object }) =>
          refs.some((target) => sameObject(target, ref)) &&
          objects(at(at(object, 'spec', 'template', 'spec') ?? object.spec, 'containers')).length > 0,
      );
      if (source === undefined) return askedByTcp(view, service);
      const spec = at(source.object, 'spec', 'template', 'spec') ?? source.object.spec;
      const open = objects(at(spec, 'containers')).flatMap((container) => objects(container.ports));
      return objects(at(service.object, 'spec', 'ports')).flatMap((port): Draft[] => {
        const target = number(port.targetPort) ?? number(port.port);
        const same = open.filter(
          (one) => number(one.containerPort) === target || text(one.name) === text(port.targetPort),
        );
        const wanted = protocolOf(port);
        if (same.length === 0) return askedByTcp(view, service);
        if (same.some((one) => protocolOf(one) === wanted)) return [];
        const actual = protocolOf(same[0]);
        return [
          {
            object: { ...service.ref, path: 'spec.ports.protocol' },
            summary: `${named(service.ref)} forwards ${wanted} to port ${target}, but ${named(source.ref)} listens there for ${actual} only`,
            confidence: 0.9,
            severity: 'failed',
            citations: [
              cite(service, new RegExp(`${text(port.port)}/${wanted}|protocol"?:\\s*"?${wanted}`)) ?? citeAny(service),
              cite(source, /Ports?:\s+\d|containerPort/),
            ],
            involves: [source.ref],
            remedies: [
              look('See the ports', describe(service.ref)),
              change(`Set the protocol of Service ${service.ref.name} to ${actual}`),
            ],
          },
        ];
      });
    }),
};
