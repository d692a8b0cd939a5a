import { addressesOf, behind as standsBehind } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { list, slashed } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { WORKLOADS } from '../../../../src/evidence/kinds.ts';
import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { backendsOf, selectedBy, selectorOf, templateLabels, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, number, objects, text } from '../../../../src/json.ts';
import { liveEdit } from '../../live-edit.ts';
import type { Remedy } from '../../schema.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { endpointsOf, portOfEndpoints } from './endpoints.ts';
import { listensElsewhere } from './listens-elsewhere.ts';
import { refusedTarget, unlikeSelector } from './service-conventions.ts';

function services(view: View): SceneObject[] {
  return view.scene.objects.filter(
    ({ ref, object }) => ref.kind === 'Service' && text(at(object, 'spec', 'type')) !== 'ExternalName',
  );
}

/** What gives pods labels: a workload, or the pods themselves where no workload of theirs is seen. */
interface Labelled {
  readonly ref: ObjectRef;
  readonly source: SceneObject;
  readonly labels: Readonly<Record<string, string>>;
}

function labelled(view: View): Labelled[] {
  const workloads = view.scene.objects
    .filter(({ ref }) => WORKLOADS.includes(ref.kind) && ref.kind !== 'ReplicaSet')
    .map((source): Labelled => ({ ref: source.ref, source, labels: templateLabels(source) }));
  const known = workloads.filter(({ labels }) => Object.keys(labels).length > 0);
  const pods = view.pods.map(({ ref, source, labels }): Labelled => {
    const { 'pod-template-hash': _, ...own } = labels;
    return { ref: workloadOf(view.scene, ref), source, labels: own };
  });
  return [...known, ...pods.filter((pod) => !known.some(({ ref }) => sameObject(ref, pod.ref)))];
}

function nearest(view: View, service: SceneObject): Labelled | undefined {
  const selector = selectorOf(service);
  const same = labelled(view).filter(
    ({ ref }) =>
      ref.namespace === undefined || service.ref.namespace === undefined || ref.namespace === service.ref.namespace,
  );
  const score = (workload: Labelled) => {
    const { labels } = workload;
    const keys = Object.keys(selector).filter((key) => key in labels).length;
    return (
      keys * 2 +
      (workload.ref.name === service.ref.name ? 2 : 0) +
      (workload.ref.name.startsWith(service.ref.name) || service.ref.name.startsWith(workload.ref.name) ? 1 : 0)
    );
  };
  const related = ({ ref }: Labelled) => ref.name.includes(service.ref.name) || service.ref.name.includes(ref.name);
  // What another Service selects is that one's: the workload of this one is not there at all.
  const served = ({ labels }: Labelled) =>
    view.scene.objects.some((other) => {
      const wanted = other.ref.kind === 'Service' && other !== service ? Object.entries(selectorOf(other)) : [];
      return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
    });
  return same
    .filter((workload) => Object.keys(workload.labels).length > 0 && score(workload) > 0)
    .filter((workload) => related(workload) || !served(workload))
    .sort((a, b) => score(b) - score(a))[0];
}

/** The selector with its wrong values set to the workload's, where it then selects pods of this workload alone. */
function selectorEdit(view: View, service: SceneObject, { ref, labels }: Labelled): Remedy[] {
  const selector = Object.entries(selectorOf(service));
  const wrong = selector.filter(([key, value]) => labels[key] !== value);
  const mended = selector.flatMap(([key]) => (key in labels ? [[key, labels[key]] as const] : []));
  const others = labelled(view).filter(
    (other) => !sameObject(other.ref, ref) && mended.every(([key, value]) => other.labels[key] === value),
  );
  if (mended.length === 0 || others.length > 0) return [];
  return liveEdit(
    service,
    `let Service ${service.ref.name} select ${mended.map(([key, value]) => `${key}=${value}`).join(',')}`,
    wrong.map(([key]) => ({ path: ['spec', 'selector', key], ...(key in labels ? { value: labels[key] ?? '' } : {}) })),
  );
}

/** Whether a workload is called as the Service is: where its labels are not seen, it may well be the one that is selected. */
function hasNamesake(view: View, { ref: service }: SceneObject): boolean {
  return [...view.scene.objects.map(({ ref }) => ref), ...view.pods.map(({ ref }) => workloadOf(view.scene, ref))].some(
    ({ kind, name }) => WORKLOADS.includes(kind) && name === service.name,
  );
}

export const selectorMismatch: Analyzer = {
  kind: 'service-selector-mismatch',
  stage: 'network',
  depth: DEPTH.service,
  title: "The Service's selector matches no pod",
  about: 'The labels that the Service selects are not those that the workload gives its pods, so it has no endpoints.',
  remedy: "Make the selector equal to the labels of the workload's pod template.",
  find: (view) =>
    services(view).flatMap((service): Draft[] => {
      const selector = selectorOf(service);
      if (Object.keys(selector).length === 0 || selectedBy(view.scene, service, view.pods).length > 0) return [];
      const endpoints = endpointsOf(view, service);
      if (endpoints !== undefined && endpoints.addresses > 0) return [];
      const workload = nearest(view, service);
      if (workload === undefined && endpoints !== undefined)
        return unlikeSelector(view, service, cite(endpoints.source, /Endpoints:|<none>/) ?? citeAny(endpoints.source));
      // Without endpoints to look at, only a workload of the same name makes the mismatch certain.
      if (
        workload === undefined ||
        (endpoints === undefined &&
          !workload.ref.name.includes(service.ref.name) &&
          !service.ref.name.includes(workload.ref.name)) ||
        (endpoints === undefined && workload.ref.name !== service.ref.name && hasNamesake(view, service))
      )
        return [];
      const { labels } = workload;
      const wrong = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
      const pairs = (entries: [string, string][]) => entries.map(([key, value]) => `${key}=${value}`).join(',');
      return [
        {
          object: { ...service.ref, path: 'spec.selector' },
          summary: `${named(service.ref)} selects \`${pairs(Object.entries(selector))}\`, which no pod has; ${named(workload.ref)} labels its pods \`${pairs(Object.entries(labels))}\``,
          confidence: endpoints === undefined ? 0.82 : 0.94,
          severity: 'failed',
          citations: [
            cite(service, /^\s*Selector:|"?selector"?:/) ?? citeAny(service),
            ...wrong.slice(0, 2).map(([key, value]) => cite(service, `${key}=${value}`) ?? cite(service, value)),
            cite(workload.source, /^\s+Labels:\s|Selector:|matchLabels/) ?? citeAny(workload.source),
            endpoints === undefined ? undefined : cite(endpoints.source, /Endpoints:|<none>/),
          ],
          involves: [workload.ref],
          remedies: [
            look('Compare selector and labels', list('pods', service.ref, '--show-labels')),
            change(
              `Set the selector of Service ${service.ref.name} to the labels of ${workload.ref.kind} ${workload.ref.name}`,
            ),
            ...selectorEdit(view, service, workload),
          ],
        },
      ];
    }),
};

/** Whether the evidence shows anyone who wants the Service: an Ingress, a line of a log, an environment, a check. */
export function isCalled(view: View, service: SceneObject): boolean {
  const { name } = service.ref;
  const address = text(at(service.object, 'spec', 'clusterIP')) ?? name;
  const callsIt = ({ text: line }: { text: string }) => line.includes(name) || line.includes(`${address}:`);
  return (
    view.scene.objects.some(
      ({ ref, ...ingress }) =>
        /^(?:Ingress|HTTPRoute)$/.test(ref.kind) && backendsOf({ ref, ...ingress }).includes(name),
    ) ||
    addressesOf(view.scene).some(({ host }) => host === name || host.startsWith(`${name}.`)) ||
    view.checks.some(({ said }) => said.includes(name)) ||
    view.scene.logs.some((log) => log.lines.some(callsIt))
  );
}

/** A pod this young (seconds) without a complaint is still starting. */
const STARTING = 120;

function comingUp(view: View, service: SceneObject): boolean {
  const refs = selectedBy(view.scene, service, view.pods);
  const waiting = view.troubled.filter((pod) => refs.some((ref) => sameObject(ref, pod.ref)));
  return (
    waiting.length > 0 &&
    waiting.every(
      (pod) => (number(pod.source.object.age) ?? STARTING) < STARTING && /^(?:Running|Pending)$/.test(pod.phase),
    )
  );
}

export const noEndpoints: Analyzer = {
  kind: 'service-without-endpoints',
  stage: 'network',
  depth: DEPTH.service + 2,
  title: 'A Service has no endpoints',
  about: 'No ready pod stands behind the Service; who calls it gets connection refused or 503.',
  remedy: 'Find out why its pods are not ready, or whom its selector should match.',
  find: (view) =>
    services(view).flatMap((service): Draft[] => {
      const endpoints = endpointsOf(view, service);
      if (endpoints === undefined || endpoints.addresses > 0 || Object.keys(selectorOf(service)).length === 0)
        return [];
      if (comingUp(view, service)) return [];
      const selected = selectedBy(view.scene, service, view.pods);
      const down = view.troubled.some((pod) =>
        selected.some((ref) => sameObject(ref, pod.ref) || sameObject(ref, workloadOf(view.scene, pod.ref))),
      );
      const missed = down || isCalled(view, service);
      return [
        {
          object: service.ref,
          summary: `${named(service.ref)} has no endpoints: no ready pod matches its selector`,
          // Somewhere in most clusters stands a Service that nobody misses.
          confidence: missed ? 0.72 : 0.5,
          severity: missed ? 'failed' : 'degraded',
          citations: [
            cite(endpoints.source, /Endpoints:|<none>|subsets/) ?? citeAny(endpoints.source),
            cite(service, /Selector:|selector/),
          ],
          involves: [...selected, ...standsBehind(view.scene, view.pods, [service]).slice(1)],
          remedies: [look('See the pods that it should select', list('pods', service.ref, '--show-labels'))],
        },
      ];
    }),
};

function containersBehind(
  view: View,
  service: SceneObject,
): { ref: ObjectRef; ports: { number: number; name?: string }[] }[] {
  return containersOf(view, selectedBy(view.scene, service, view.pods));
}

function containersOf(
  view: View,
  refs: readonly ObjectRef[],
): { ref: ObjectRef; ports: { number: number; name?: string }[] }[] {
  const names = new Set(refs.map(({ name }) => name));
  return view.scene.objects
    .filter(({ ref }) => names.has(ref.name) && refs.some((target) => sameObject(target, ref)))
    .map(({ ref, object }) => {
      const spec = at(object, 'spec', 'template', 'spec') ?? object.spec;
      const ports = objects(at(spec, 'containers')).flatMap((container) =>
        objects(container.ports).flatMap((port) => {
          const found = number(port.containerPort);
          return found === undefined
            ? []
            : [{ number: found, ...(text(port.name) === undefined ? {} : { name: text(port.name) as string }) }];
        }),
      );
      return { ref, ports };
    })
    .filter(({ ports }) => ports.length > 0);
}

/** What an endpoint answers that serves something else than what its callers ask for. */
const NOT_SERVED =
  /\b404\b|[Nn]ot [Ff]ound|frame too large|HTTP\/1\.x|malformed HTTP|PROTOCOL_ERROR|[Uu]nexpected (?:HTTP|content)|invalid preface/;

/** A Service whose port has the name of one port of the container and goes to another one, whose callers get answers of no use. */
function otherPort(
  view: View,
  service: SceneObject,
  port: Readonly<Record<string, unknown>>,
  index: number,
  { ref, ports }: ReturnType<typeof containersBehind>[number],
): Draft[] {
  const name = text(port.name);
  const meant = ports.find((one) => one.name !== undefined && one.name === name);
  const target = number(port.targetPort);
  const taken = ports.find((one) => one.number === target);
  if (meant === undefined || taken?.name === undefined || taken === meant) return [];
  const felt = view.scene.logs.flatMap((log) => {
    if (log.pod !== undefined && sameObject(workloadOf(view.scene, log.pod), ref)) return [];
    // An exception stands below the line that tells what was called.
    const line = log.lines.find(
      ({ text: said, level }, at) =>
        level !== 'debug' &&
        level !== 'info' &&
        NOT_SERVED.test(said) &&
        log.lines.slice(Math.max(0, at - 3), at + 1).some((one) => one.text.includes(service.ref.name)),
    );
    return line === undefined ? [] : [citeLines(log.item, line.n - log.item.lines.from)];
  })[0];
  if (felt === undefined) return [];
  return [
    {
      object: { ...service.ref, path: 'spec.ports.targetPort' },
      summary: `${named(service.ref)} sends its port \`${name}\` to ${taken.number} (\`${taken.name}\`), while \`${name}\` of ${named(ref)} is ${meant.number}`,
      confidence: 0.88,
      severity: 'failed',
      citations: [cite(service, /TargetPort:|targetPort/) ?? citeAny(service), felt],
      involves: [ref],
      remedies: [
        change(`Set targetPort of Service ${service.ref.name} to ${meant.number}`),
        ...liveEdit(service, `send to port ${meant.number} of the pods`, [
          { path: ['spec', 'ports', index, 'targetPort'], value: meant.number },
        ]),
      ],
    },
  ];
}

/** Whether the addresses behind a Service have a number for a port, as a name has become one that a pod has. */
function haveNumbers({ object }: SceneObject): boolean {
  const listed = [...asArray(object.addresses), ...asArray(object.endpoints)].map(text);
  const ports = [...objects(object.subsets).flatMap((subset) => objects(subset.ports)), ...objects(object.ports)];
  return listed.some((one) => /:\d+$/.test(one ?? '')) || ports.some(({ port }) => typeof port === 'number');
}

/**
 * Whether a target port that is a name may well be one of the pods': its endpoints have the number that it stands for, or nothing that was
 * seen would show names of ports (`kubectl describe` does not) and no ready pod is left out of the endpoints.
 */
function namedTarget(
  view: View,
  service: SceneObject,
  target: unknown,
  { ref, ports }: ReturnType<typeof containersBehind>[number],
): boolean {
  if (number(target) !== undefined) return false;
  const endpoints = endpointsOf(view, service);
  if (endpoints !== undefined && endpoints.addresses > 0) return haveNumbers(endpoints.source);
  const source = view.scene.objects.find((one) => sameObject(one.ref, ref));
  const unnamed = ports.every(({ name }) => name === undefined);
  if (!unnamed || source?.sightings.every(({ item, partial }) => partial || item.source.kind !== 'describe'))
    return false;
  const selected = selectedBy(view.scene, service, view.pods);
  return (
    endpoints === undefined || !view.pods.some((pod) => pod.ready && selected.some((one) => sameObject(one, pod.ref)))
  );
}

/** The containers of the workload of a Service's name, where nothing shows what it selects but where its endpoints are. */
function namesake(view: View, service: SceneObject): ReturnType<typeof containersBehind>[number] | undefined {
  if (Object.keys(selectorOf(service)).length > 0 || portOfEndpoints(view, service) === undefined) return undefined;
  const refs = view.scene.objects
    .map(({ ref }) => ref)
    .filter((ref) => WORKLOADS.includes(ref.kind) && sameObject({ ...service.ref, kind: ref.kind }, ref));
  return containersOf(view, refs)[0];
}

export const targetPortMismatch: Analyzer = {
  kind: 'service-target-port-mismatch',
  stage: 'network',
  depth: DEPTH.service,
  title: 'The Service sends to a port on which no container listens',
  about:
    "targetPort is not among the ports that the selected pods' containers declare, or their log names another one while calls are refused; or it is another one than its name says, and callers get no useful answer.",
  remedy: "Set targetPort to the container's port.",
  find: (view) => [
    ...listensElsewhere(view),
    ...services(view).flatMap((service): Draft[] => {
      const behind = containersBehind(view, service)[0] ?? namesake(view, service);
      if (behind === undefined) return refusedTarget(view, service);
      return objects(at(service.object, 'spec', 'ports')).flatMap((port, index): Draft[] => {
        // A table's row shows the Service's own port alone; its endpoints show where it sends.
        const shown = port.targetPort !== undefined || service.sightings.some(({ partial }) => !partial);
        const sent = shown ? undefined : portOfEndpoints(view, service);
        const target = port.targetPort ?? sent ?? port.port;
        const open = behind.ports.some(({ number: own, name }) => own === number(target) || name === text(target));
        if (open && target !== undefined) return otherPort(view, service, port, index, behind);
        if (target === undefined || (!shown && sent === undefined) || namedTarget(view, service, target, behind))
          return [];
        return [
          {
            object: { ...service.ref, path: 'spec.ports.targetPort' },
            summary: `${named(service.ref)} sends to port ${text(target)}, but ${named(behind.ref)} listens on ${behind.ports.map((p) => p.number).join(', ')}`,
            confidence: 0.84,
            severity: 'failed',
            citations: [
              cite(service, /TargetPort:|targetPort/) ?? citeAny(service),
              cite(
                view.scene.objects.find(({ ref }) => sameObject(ref, behind.ref)),
                /Ports?:\s+\d|containerPort/,
              ),
            ],
            involves: [behind.ref],
            remedies: [
              look(
                'Try the pod directly',
                command(
                  'kubectl',
                  'port-forward',
                  slashed(behind.ref),
                  `8080:${behind.ports[0]?.number}`,
                  inNamespace(behind.ref),
                ),
              ),
              change(`Set targetPort of Service ${service.ref.name} to ${behind.ports[0]?.number}`),
              // Of several ports nothing says which is meant.
              ...(behind.ports.length === 1 && port.targetPort !== undefined
                ? liveEdit(service, `send to port ${behind.ports[0]?.number} of the pods`, [
                    { path: ['spec', 'ports', index, 'targetPort'], value: behind.ports[0]?.number ?? 0 },
                  ])
                : []),
            ],
          },
        ];
      });
    }),
  ],
};
