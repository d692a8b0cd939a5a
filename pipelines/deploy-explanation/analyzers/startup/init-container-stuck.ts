import { logs } from '../../../../src/evidence/commands/kubectl.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { asArray, at, number, objects, strings } from '../../../../src/json.ts';
import { changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft, look } from '../analyzer.ts';

/** An init container that runs longer than this (seconds) does not merely take its time. */
const PATIENCE = 300;
/** Only the newest lines tell what it waits for now. */
const LAST = 10;
const WAITS =
  /(?:nc\s+(?:-\w+\s+)*|curl\s+(?:-\S+\s+)*(?:https?:\/\/)?|nslookup\s+|wait-for(?:-it)?(?:\.sh)?\s+|pg_isready\s+-h\s+)([a-z0-9][\w.-]+)/;

const WAITING =
  /wait|no response|retry|refused|not (?:ready|available|reachable)|unreachable|sleep|timed? ?out|resolve/i;

/** A workload or Service that the newest lines of its log speak of, while it waits: one of another namespace by both names. */
function awaitedIn(view: View, pod: PodView): string | undefined {
  const own = workloadOf(view.scene, pod.ref);
  const lines = view.scene.logs
    .filter((log) => log.pod !== undefined && (sameObject(log.pod, pod.ref) || sameObject(log.pod, own)))
    .flatMap((log) => log.lines.slice(-LAST))
    .filter(({ text }) => WAITING.test(text))
    .map(({ text }) => text);
  const said = lines.map((line) => line.toLowerCase());
  const words = new Set(said.flatMap((line) => line.match(/[a-z0-9][a-z0-9-]*/g) ?? []));
  const hosts = new Set(said.flatMap((line) => line.match(/[a-z0-9][a-z0-9-]*\.[a-z0-9-]+/g) ?? []));
  const beside = [
    ...view.pods.map(({ ref }) => workloadOf(view.scene, ref)),
    ...view.scene.objects.filter(({ ref }) => ref.kind === 'Service').map(({ ref }) => ref),
  ];
  return beside.find(({ name, namespace }) =>
    namespace === pod.ref.namespace ? name !== own.name && words.has(name) : hosts.has(`${name}.${namespace}`),
  )?.name;
}

/** The port that a script asks behind the host, and what is said of a Service of this name, in the pod's namespace, that has no such port. */
function askedPort(view: View, pod: PodView, script: string): { port: number; lacking?: string } | undefined {
  const asks = WAITS.exec(script);
  const port = Number(
    /^(?::|\s+(?:-p\s?)?)(\d{2,5})\b/.exec(script.slice((asks?.index ?? 0) + (asks?.[0].length ?? 0)))?.[1],
  );
  if (asks === null || !(port > 0)) return undefined;
  const [name = '', namespace = pod.ref.namespace] = (asks[1] ?? '').split('.');
  const service = findObject(view.scene, { kind: 'Service', name, ...(namespace === undefined ? {} : { namespace }) });
  const ports = objects(at(service?.object, 'spec', 'ports')).flatMap((one) => number(one.port) ?? []);
  return ports.length === 0 || ports.includes(port)
    ? { port }
    : { port, lacking: `Service ${name} has ${ports.join(', ')}` };
}

export const initContainerStuck: Analyzer = {
  kind: 'init-container-stuck',
  stage: 'startup',
  depth: DEPTH.crash + 3,
  title: 'An init container does not come to its end',
  about:
    'An init container runs on and on (usually it waits for something that is not there), so the program never starts.',
  remedy: 'Read its log and command: what it waits for is the cause.',
  find: (view) =>
    view.troubled.flatMap((pod): Draft[] => {
      const init = pod.containers.find((c) => c.init && c.running && c.ready !== true);
      const byRow = init === undefined && /^Init:\d+\/\d+$/.test(pod.rowStatus ?? '');
      const age = number(pod.source.object.age);
      if ((init === undefined && !byRow) || (age !== undefined && age < PATIENCE)) return [];
      const script = [...asArray(init?.spec.command), ...asArray(init?.spec.args)].map(String).join(' ');
      const host = WAITS.exec(script)?.[1] ?? awaitedIn(view, pod);
      const { port, lacking } = askedPort(view, pod, script) ?? {};
      const object = changeable(view, pod, init?.name);
      const { path: _, ...bare } = object;
      const phase = strings(at(pod.source.object, 'row')).status;
      return [
        {
          object,
          summary: `${named(bare)}: the init container \`${init?.name ?? ''}\` does not come to its end${phase === undefined ? '' : ` (${phase})`}${host === undefined ? '' : `; it waits for \`${host}${port === undefined ? '' : `:${port}`}\`${lacking === undefined ? '' : `, and ${lacking}`}`}`,
          confidence: age === undefined ? 0.7 : 0.84,
          severity: 'failed',
          citations: [
            init === undefined ? undefined : cite(pod.source, `${init.name}`),
            host === undefined ? undefined : cite(pod.source, host),
            cite(pod.source, /Init:\d|PodInitializing/) ?? citeAny(pod.source),
          ],
          involves: [bare, pod.ref],
          remedies: [
            look(
              'Read what it waits for',
              init === undefined ? logs(pod.ref, undefined, '--all-containers') : logs(pod.ref, init.name),
            ),
          ],
        },
      ];
    }),
};
