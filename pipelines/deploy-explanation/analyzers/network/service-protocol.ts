import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import { selectedBy } from '../../../../src/evidence/relations.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { cite, citeAny, named } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';

const protocolOf = (port: unknown) => (text(at(port, 'protocol')) ?? 'TCP').toUpperCase();

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
      if (source === undefined) return [];
      const spec = at(source.object, 'spec', 'template', 'spec') ?? source.object.spec;
      const open = objects(at(spec, 'containers')).flatMap((container) => objects(container.ports));
      return objects(at(service.object, 'spec', 'ports')).flatMap((port): Draft[] => {
        const target = number(port.targetPort) ?? number(port.port);
        const same = open.filter(
          (one) => number(one.containerPort) === target || text(one.name) === text(port.targetPort),
        );
        const wanted = protocolOf(port);
        if (same.length === 0 || same.some((one) => protocolOf(one) === wanted)) return [];
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
