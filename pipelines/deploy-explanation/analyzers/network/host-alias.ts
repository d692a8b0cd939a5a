import { exec } from '../../../../src/evidence/commands/kubectl.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { cite, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';

/** A name that a pod's hosts file gives an address, before any DNS is asked. */
interface Alias {
  readonly source: SceneObject;
  readonly workload: ObjectRef;
  readonly ip: string;
  readonly name: string;
}

function aliasesOf(view: View): Alias[] {
  return view.scene.objects.flatMap((source) => {
    const spec = source.ref.kind === 'Pod' ? source.object.spec : at(source.object, 'spec', 'template', 'spec');
    return objects(at(spec, 'hostAliases')).flatMap((alias) => {
      const ip = text(alias.ip);
      const names = Array.isArray(alias.hostnames) ? alias.hostnames : [];
      return ip === undefined
        ? []
        : names.flatMap((name) =>
            typeof name === 'string' ? [{ source, workload: workloadOf(view.scene, source.ref), ip, name }] : [],
          );
    });
  });
}

/** The Service that a name means for a workload, by the names that cluster DNS gives Services. */
function serviceOf(view: View, { name, workload }: Alias): SceneObject | undefined {
  const [, service = '', space] = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\..*)?)?)?$/.exec(name) ?? [];
  const namespace = space ?? workload.namespace;
  const ref = { kind: 'Service', name: service, ...(namespace === undefined ? {} : { namespace }) };
  return view.scene.objects.find((object) => sameObject(object.ref, ref));
}

const FAILS = /refused|timed? ?out|unreachable|no route to host|reset by peer|certificate|deadline exceeded/i;

/** The line in which a program of the workload fails to reach the pinned address. */
function failure(view: View, { workload, ip, name }: Alias): Draft['citations'][number] {
  for (const log of view.scene.logs) {
    const subject = subjectOf(view, log);
    if (subject === undefined || !sameObject(subject, workload)) continue;
    const line = log.lines.find(
      ({ text: said }) => (said.includes(`${ip}:`) || (said.includes(name) && said.includes(ip))) && FAILS.test(said),
    );
    if (line !== undefined)
      return { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote: line.raw.trim().slice(0, 400) };
  }
  return undefined;
}

export const hostAliasWrong: Analyzer = {
  kind: 'host-alias-wrong',
  stage: 'network',
  depth: DEPTH.config + 3,
  title: 'A name is pinned to an address that does not answer',
  about:
    'hostAliases of the pod give a name an address, whatever DNS says; calls to that address fail. Where a Service has this name, the address is not the one it has.',
  remedy: 'Take the entry out of hostAliases, or correct its address.',
  find: (view) =>
    aliasesOf(view).flatMap((alias): Draft[] => {
      const { ip, name, workload, source } = alias;
      const felt = failure(view, alias);
      const service = serviceOf(view, alias);
      const own = text(at(service?.object, 'spec', 'clusterIP'));
      // A Service's own address that fails has another cause; so has that of another Service, or of a pod, by its name.
      if (felt === undefined || own === ip) return [];
      const known = view.scene.objects.some(
        ({ object }) => at(object, 'spec', 'clusterIP') === ip || at(object, 'status', 'podIP') === ip,
      );
      if (known && own === undefined) return [];
      const why = own === undefined ? '' : `; Service ${service?.ref.name ?? ''} has ${own}`;
      return [
        {
          object: { ...workload, path: 'spec.template.spec.hostAliases' },
          summary: `${named(workload)} reaches ${name} at ${ip}, as its hostAliases say, and calls there fail${why}`,
          confidence: own === undefined ? 0.88 : 0.95,
          severity: 'failed',
          citations: [felt, cite(source, ip), cite(source, name), own === undefined ? undefined : cite(service, own)],
          involves: [workload],
          remedies: [
            look('See what the pod takes the name for', exec(workload, undefined, ['cat', '/etc/hosts'])),
            change(`Take ${name} out of hostAliases of ${workload.kind} ${workload.name}, or correct its address`),
          ],
        },
      ];
    }),
};
