import { citeLines } from '../../../../src/evidence/cite.ts';
import { logs } from '../../../../src/evidence/commands/kubectl.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import { findObject, podSpecOf, workloadOf } from '../../../../src/evidence/relations.ts';
import { at, number, objects, text } from '../../../../src/json.ts';
import { alwaysFails, askProbe } from '../../commands/probes.ts';
import { containerPath, liveEdit } from '../../live-edit.ts';
import { millisOf } from '../../moments.ts';
import type { Remedy } from '../../schema.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { LISTENS } from '../network/listens-elsewhere.ts';
import { podOfLog } from '../startup/log-errors.ts';
import { SHELL_MISSES } from '../startup/shell-command-missing.ts';
import { killingProbe, lastWords } from './killed-by-probe.ts';
import { newestTime } from './newest-time.ts';
import { interruptedAt } from './progress.ts';
import { isReplaced } from './replaced-pod.ts';

export type ProbeName = 'liveness' | 'readiness' | 'startup';
export type ProbeFault = 'port' | 'path' | 'scheme' | 'command' | 'timing' | 'failed';

/** A probe that fails now, with what is wrong about it as far as its message and the container's ports tell. */
export interface ProbeFailure {
  readonly pod: PodView;
  readonly container: ContainerView | undefined;
  readonly probe: unknown;
  readonly message: Message;
  readonly fault: ProbeFault;
  readonly detail: string;
}

function portOf(probe: unknown): string | undefined {
  return text(at(probe, 'httpGet', 'port')) ?? text(at(probe, 'tcpSocket', 'port')) ?? text(at(probe, 'grpc', 'port'));
}

/** What Go's client says that asks by TLS and gets another answer; whoever asks without TLS gets a 400, or bytes that are no HTTP. */
const SERVES_PLAIN = /server gave HTTP response to HTTPS client|tls: first record/i;

function faultOf(
  name: ProbeName,
  message: string,
  container: ContainerView | undefined,
  probe: unknown,
  { says: log, ports: served }: WhatLogSays,
): { fault: ProbeFault; detail: string } {
  const port = portOf(probe) ?? /:(\d{2,5})(?:[/:]|$)/.exec(message)?.[1];
  const open = objects(container?.spec.ports).map((entry) => String(entry.containerPort));
  const names = objects(container?.spec.ports)
    .map((entry) => text(entry.name))
    .filter((name) => name !== undefined);
  const path =
    text(at(probe, 'httpGet', 'path')) ?? /https?:\/\/[^/\s"]+(\/[^\s"]*)/.exec(message)?.[1]?.replace(/":?$/, '');
  const code = /statuscode: (\d+)/.exec(message)?.[1];
  const constant = alwaysFails(probe);
  if (constant !== undefined)
    return { fault: 'failed', detail: `its command \`${constant}\` always ends with an error` };
  if (/probe errored[\s\S]*(?:no such file or directory|executable file not found|permission denied)/.test(message)) {
    const command = /exec: \\?"([^"\\]+)/.exec(message)?.[1];
    return { fault: 'command', detail: `the image has no command ${command ?? 'of that name'}` };
  }
  // A shell that the probe runs ends with an error of its own for what it does not find.
  const missed = at(probe, 'exec') === undefined ? null : SHELL_MISSES.exec(message);
  if (missed !== null)
    return { fault: 'command', detail: `the image has no command ${missed.slice(1).find((part) => part)}` };
  if (
    /server gave HTTP response to HTTPS client|malformed HTTP response|tls: first record|HTTP request to an HTTPS server/i.test(
      message,
    ) ||
    (code === '400' && /https?/i.test(String(at(probe, 'httpGet', 'scheme'))))
  )
    return {
      fault: 'scheme',
      detail: SERVES_PLAIN.test(message)
        ? 'it asks by HTTPS, the container answers in plain HTTP'
        : 'it asks by HTTP, the container speaks HTTPS',
    };
  // A gRPC probe says the same of a closed port and of one that does not answer.
  const closed =
    portOf(probe) !== undefined && open.length > 0 && !open.includes(port ?? '') && !names.includes(port ?? '');
  // A port that is given by name must be among the container's own (Kubernetes, "Configure Probes").
  const unnamed = /strconv\.Atoi: parsing \\?"([^"\\]+)|port "?([\w-]+)"? not found|invalid port number: (\S+)/.exec(
    message,
  );
  if (unnamed !== null)
    return {
      fault: 'port',
      detail: `the container has no port of the name ${unnamed.slice(1).find((part) => part) ?? port ?? ''}`,
    };
  if (/connection refused|no route to host/.test(message) || (closed && /failed to connect service/.test(message))) {
    const delay = number(at(probe, 'initialDelaySeconds')) ?? 0;
    // Two probes do not name the same wrong port by a slip, unless the program says that it listens elsewhere.
    const twice = port !== undefined && probePorts(container).filter((one) => one === port).length > 1;
    const late = twice && (open.length === 0 ? log !== 'it-listens' : log === 'it-starts');
    if (!late && port !== undefined && open.length > 0 && !open.includes(port) && !names.includes(port))
      return { fault: 'port', detail: `it asks port ${port}, the container listens on ${open.join(', ')}` };
    // What the program says of itself counts more than what its container declares, which binds nobody.
    const asked = objects(container?.spec.ports).find((entry) => text(entry.name) === port)?.containerPort ?? port;
    if (/^\d+$/.test(String(asked)) && served.length > 0 && !served.includes(String(asked)))
      return {
        fault: 'port',
        detail: `it asks port ${asked}, the program says that it listens on ${[...new Set(served)].join(', ')}`,
      };
    // On the port that the container declares, the program is late (and killed for it) or does not come up at all.
    if (port !== undefined && (open.includes(port) || names.includes(port))) {
      if (name !== 'readiness')
        return { fault: 'timing', detail: `port ${port} is not open yet when it asks, ${delay}s after the start` };
      return { fault: 'failed', detail: `port ${port} refuses connections` };
    }
    if (late)
      return name === 'readiness'
        ? { fault: 'failed', detail: `port ${port} refuses connections` }
        : { fault: 'timing', detail: `port ${port} is not open yet when it asks, ${delay}s after the start` };
    return { fault: 'port', detail: `nothing listens on port ${port ?? 'asked'}` };
  }
  if (code === '404') return { fault: 'path', detail: `path ${path ?? ''} answers 404` };
  if (/context deadline exceeded|Client\.Timeout|timed out|i\/o timeout|command .* timed out/.test(message)) {
    const timeout = number(at(probe, 'timeoutSeconds')) ?? 1;
    return { fault: 'timing', detail: `no answer within its timeout of ${timeout}s` };
  }
  return { fault: 'failed', detail: code === undefined ? '' : `${path ?? 'it'} answers ${code}` };
}

/** Ports that the probes of a container ask. */
function probePorts(container: ContainerView | undefined): (string | undefined)[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].map((key) => portOf(at(container?.spec, key)));
}

/**
 * Whether a program says that it listens somewhere, or its log is seen and tells of its start alone: then it was killed before it came so
 * far. The ports that a container declares bind nobody; many declare the one of their Service and serve their health on another.
 */
interface WhatLogSays {
  readonly says: 'it-listens' | 'it-starts' | 'nothing';
  /** Ports on which it says that it serves. */
  readonly ports: readonly string[];
}

/** An address of the program's own stands before the port, or none: not a host that it calls, nor the time of day. */
const OWN_ADDRESS =
  /(?:\bports?\b[^\d\n]{0,12}|(?:0\.0\.0\.0|127\.0\.0\.1|\[::1?\]|::1?|\*|localhost|[\s"'=(]):)\d{2,5}$/i;

/** A port beside the one that callers use, which a program may open long before. */
const ASIDE = /metrics|admin|debug|pprof|management|actuator|monitor|prometheus|grpc|internal/i;

/** What only programs say that are up: they are ready, started, or answer requests. */
const IS_UP =
  /\b(?:listening|serving|accepting|ready|started|startup complete|up and running)\b|"(?:GET|POST|HEAD) \//i;

function whatLogSays(view: View, pod: PodView): WhatLogSays {
  const logs = view.scene.logs.filter((log) => podOfLog(view, log) === pod);
  const says = (pattern: RegExp) =>
    logs.some(({ lines }) => lines.some(({ text: said }) => pattern.test(said.slice(0, 500))));
  const ports = logs.flatMap(({ lines }) =>
    lines.flatMap(({ text: said }) => {
      const told = LISTENS.exec(said.slice(0, 500));
      return told === null || ASIDE.test(said.slice(0, 500)) || !OWN_ADDRESS.test(told[0]) ? [] : [told[1] ?? ''];
    }),
  );
  if (says(LISTENS)) return { says: 'it-listens', ports };
  return { says: says(/\S/) && !says(IS_UP) ? 'it-starts' : 'nothing', ports };
}

const RECENT = 600;

/** Seconds since the pod was made: of its row, or since it was scheduled or started. */
function ageOf(view: View, pod: PodView): number | undefined {
  const row = number(pod.source.object.age);
  if (row !== undefined) return row;
  const ages = about(view, pod.ref).flatMap(({ reason, age }) =>
    /^(?:Scheduled|Started)$/.test(reason) && age !== undefined ? [age] : [],
  );
  return ages.length === 0 ? undefined : Math.max(...ages);
}

/** The default values of a probe (Kubernetes, "Configure Liveness, Readiness and Startup Probes"). */
const PERIOD = 10;
const THRESHOLD = 3;

/** Another pod of the same revision that came up with the same probe a little before. */
function comesAfterAnother(view: View, pod: PodView, age: number): boolean {
  const workload = workloadOf(view.scene, pod.ref);
  const revision = (name: string) => name.slice(0, name.lastIndexOf('-'));
  return view.pods.some((other) => {
    const before = ageOf(view, other);
    if (!other.ready || before === undefined || !sameObject(workloadOf(view.scene, other.ref), workload)) return false;
    if (workload.kind === 'Deployment') return revision(other.ref.name) === revision(pod.ref.name);
    return before > age && before < age + 2 * RECENT;
  });
}

/**
 * Whether a pod is merely starting: it was never restarted, and its startup probe may go on failing for a while, or others of its
 * revision became ready just so. What waiting cannot mend (a path, a scheme, a command) is a failure at once.
 */
function stillStarts(view: View, name: ProbeName, { pod, container, probe, fault }: ProbeFailure): boolean {
  if (!/^(?:port|timing|failed)$/.test(fault) || name === 'liveness') return false;
  const age = ageOf(view, pod);
  if (age === undefined || age >= RECENT || (container?.restarts ?? 0) > 0) return false;
  if (about(view, pod.ref).some(({ reason }) => reason === 'Killing' || reason === 'BackOff')) return false;
  // A port that the program does not have will not be opened by waiting.
  if (name === 'readiness' && (fault === 'port' || comesAfterAnother(view, pod, age)))
    return comesAfterAnother(view, pod, age);
  const threshold = number(at(probe, 'failureThreshold')) ?? THRESHOLD;
  const delay = number(at(probe, 'initialDelaySeconds')) ?? 0;
  return age < delay + threshold * (number(at(probe, 'periodSeconds')) ?? PERIOD);
}

/** A container of a pod of which only a row or events are seen, with its spec as its workload's template or another such pod has it. */
function withSpec(view: View, pod: PodView, container: ContainerView, probe: string): ContainerView {
  if (Object.keys(container.spec).length > 0) return container;
  const workload = workloadOf(view.scene, pod.ref);
  const others = view.troubled.filter(({ ref }) => sameObject(workloadOf(view.scene, ref), workload));
  const specs = [
    ...objects(podSpecOf(view.scene, pod.source).containers),
    ...others.flatMap(({ containers }) => containers.map(({ spec }) => spec)),
  ];
  const spec = specs.find((one) => one[probe] !== undefined);
  return spec === undefined ? container : { ...container, name: container.name || (text(spec.name) ?? ''), spec };
}

/** How long before the newest that the evidence holds something was said: by its age, or by its time. */
function secondsAgo(view: View, { age, time }: Message): number {
  const at = millisOf(time);
  return age ?? (at === undefined ? Number.POSITIVE_INFINITY : (newestTime(view) - at) / 1000);
}

/** A probe that fails goes on to be told of: one of a pod whose state is not seen, told once and then no more for so long (seconds), is over. */
const PASSED = 60;

function failedOnce(view: View, pod: PodView, said: readonly Message[]): boolean {
  const unseen = pod.source.sightings.length === 0;
  const last = Math.min(...said.map((one) => secondsAgo(view, one)));
  return unseen && said.length === 1 && said[0]?.since === undefined && Number.isFinite(last) && last > PASSED;
}

/** So many times are no accident. */
const OFTEN = 3;

/** Whether the kubelet ended a container again and again, and as long ago as it has been well before: it will do so once more. */
function killsAgain(view: View, pod: PodView): boolean {
  return about(view, pod.ref).some(({ reason, age, since, count }) => {
    if (reason !== 'Killing' || age === undefined || since === undefined || (count ?? 0) < OFTEN) return false;
    return age < (2 * (since - age)) / ((count ?? 0) - 1);
  });
}

/** Failing probes of one sort. One that failed only while the pod started, and is ready since, is none. */
function probeFailures(view: View, name: ProbeName): ProbeFailure[] {
  const pattern = new RegExp(`${name} probe (?:failed|errored)`, 'i');
  return view.pods.flatMap((pod) => {
    const said = about(view, pod.ref).filter(
      (message) => pattern.test(message.text) || (message.reason === 'Unhealthy' && pattern.test(message.text)),
    );
    const message = said[0];
    if (message === undefined || (name === 'readiness' && failedOnce(view, pod, said))) return [];
    // A pod that is told to end takes no more requests, and says so when it is asked.
    if (isReplaced(view, pod)) return [];
    const restarting = pod.containers.some((container) => container.restarts > 0);
    const goesOn = said.some((one) => secondsAgo(view, one) < RECENT) || killsAgain(view, pod);
    if (pod.ready && !(name === 'liveness' && restarting && goesOn)) return [];
    const own =
      pod.containers.find((c) => at(c.spec, `${name}Probe`) !== undefined && !c.ready) ??
      pod.containers.find((c) => at(c.spec, `${name}Probe`) !== undefined) ??
      pod.containers.find((c) => !c.init);
    const container = own === undefined ? undefined : withSpec(view, pod, own, `${name}Probe`);
    const probe = at(container?.spec, `${name}Probe`);
    const texts = said.map((m) => m.text).join('\n');
    const told = faultOf(name, texts, container, probe, whatLogSays(view, pod));
    // A program that is at its start and getting on when the kubelet ends it wants time.
    const killed = container !== undefined && killingProbe(view, pod, container)?.probe === name;
    const reached = told.fault === 'failed' && killed ? interruptedAt(view, pod) : undefined;
    const fault: Pick<ProbeFailure, 'fault' | 'detail'> =
      reached === undefined
        ? told
        : { fault: 'timing', detail: `${told.detail}${told.detail && '; '}it was still at its start, ${reached}` };
    return [{ pod, container, probe, message, ...fault }];
  });
}

const ABOUT: Readonly<Record<ProbeFault, string>> = {
  port: 'asks a port on which nothing listens',
  path: 'asks a path that the program does not serve',
  scheme: 'uses the wrong scheme (HTTP against HTTPS)',
  command: 'runs a command that the image does not have',
  timing: 'does not wait long enough for an answer',
  failed: 'fails for a reason inside the program',
};

const EFFECT: Readonly<Record<ProbeName, string>> = {
  liveness: 'the kubelet restarts the container again and again',
  readiness: 'the pod runs but gets no traffic',
  startup: 'the kubelet kills the container before it is up',
};

/** Restarts after which a probe that asks for what is not there has shown that it kills its container for ever. */
const LOOP = 5;
/** Those of a pod made just now, which never ran otherwise. */
const LOOP_FROM_THE_START = 2;

function neverPasses(view: View, pod: PodView, fault: ProbeFault): boolean {
  const enough = (ageOf(view, pod) ?? RECENT) < RECENT ? LOOP_FROM_THE_START : LOOP;
  return fault !== 'failed' && fault !== 'timing' && pod.containers.some(({ restarts }) => restarts >= enough);
}

/** Whether a container without a readiness probe, which so is ready as soon as it runs, was ended again and again before its port was open. */
function neverOpens(container: ContainerView | undefined, said: string): boolean {
  return (
    container !== undefined &&
    container.restarts >= LOOP &&
    at(container.spec, 'livenessProbe') !== undefined &&
    at(container.spec, 'readinessProbe') === undefined &&
    /connection refused/.test(said)
  );
}

/** The probe on the one port that the container declares. */
function portEdit(view: View, name: ProbeName, pod: PodView, container: ContainerView | undefined): Remedy[] {
  const workload = findObject(view.scene, workloadOf(view.scene, pod.ref));
  const path = containerPath(workload, container?.name ?? '');
  const probe = at(container?.spec, `${name}Probe`);
  const how = ['httpGet', 'tcpSocket', 'grpc'].find((key) => at(probe, key, 'port') !== undefined);
  const declared = objects(container?.spec.ports).filter(
    ({ protocol }) => protocol === undefined || protocol === 'TCP',
  );
  const port = number(declared[0]?.containerPort);
  if (path === undefined || how === undefined || declared.length !== 1 || port === undefined) return [];
  const edit = { path: [...path, `${name}Probe`, how, 'port'], value: port };
  return liveEdit(workload, `let the ${name} probe ask port ${port}, which rolls its pods`, [edit], 'medium');
}

/** An analyzer for one probe and one thing that can be wrong with it. */
export function probeAnalyzer(name: ProbeName, fault: ProbeFault): Analyzer {
  const kind = fault === 'failed' ? `${name}-probe-failed` : `${name}-probe-${fault}`;
  return {
    kind,
    stage: 'running',
    depth: DEPTH.probe,
    title: `The ${name} probe ${ABOUT[fault]}`,
    about: `The ${name} probe fails, so that ${EFFECT[name]}: it ${ABOUT[fault]}.`,
    remedy:
      fault === 'failed'
        ? 'Find out in the log why the program is not well.'
        : `Correct the ${fault === 'timing' ? 'delays and timeout' : fault} of the probe.`,
    find: (view) =>
      probeFailures(view, name)
        .filter((failure) => failure.fault === fault && !stillStarts(view, name, failure))
        .map(({ pod, container, probe, message, detail }): Draft => {
          const object = changeable(view, pod, container?.name, `${name}Probe`);
          const { path: _, ...bare } = object;
          const killed = container !== undefined && killingProbe(view, pod, container)?.probe === name;
          const last = killed ? lastWords(view, pod) : undefined;
          const at =
            last === undefined ? '' : `; when it was told to end it was at \`${last.line.text.trim().slice(0, 160)}\``;
          return {
            object,
            summary: `${named(bare)}: the ${name} probe of container \`${container?.name ?? ''}\` fails${detail === '' ? '' : ` (${detail})`}, so ${EFFECT[name]}${at}`,
            confidence: fault === 'failed' && alwaysFails(probe) === undefined ? 0.82 : 0.88,
            severity:
              name === 'liveness' && pod.ready && !neverPasses(view, pod, fault) && !neverOpens(container, message.text)
                ? 'degraded'
                : 'failed',
            citations: [
              message.cite(),
              ...(last === undefined ? [] : [citeLines(last.log.item, last.line.n - last.log.item.lines.from)]),
              cite(pod.source, new RegExp(`^\\s*"?(?:${name[0]?.toUpperCase()}${name.slice(1)}|${name}Probe)"?:`)),
              cite(pod.source, /Ready:\s+False|ready: false|"ready": false/) ?? citeAny(pod.source),
            ],
            involves: [bare, pod.ref],
            remedies: [
              askProbe(pod, container, probe),
              fault === 'failed' && alwaysFails(probe) === undefined
                ? look(
                    'Read why the program is not well',
                    logs(pod.ref, pod.containers.length > 1 ? container?.name : undefined),
                  )
                : change(`Correct the ${name} probe of container \`${container?.name ?? ''}\``),
              ...(fault === 'port' ? portEdit(view, name, pod, container) : []),
            ],
          };
        }),
  };
}
