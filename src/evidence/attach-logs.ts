import { at, objects, text } from '../json.ts';
import { literally } from '../literal.ts';
import { readCommand } from './command.ts';
import { CONTAINER, isPodKind } from './kinds.ts';
import { inOtherNamespace, type ObjectRef, sameObject } from './model.ts';
import { pipelineFiles } from './outputs.ts';
import { isLogged, mayBeOf } from './own-log.ts';
import { makerOfPod, PROGRAM, podInFileName, programNamed, selectedLabels } from './program-name.ts';
import { plainCommand } from './prompt.ts';
import { managedBy, workloadOf } from './relations.ts';
import { runOf } from './run-of-log.ts';
import type { Scene, SceneLog, SceneObject } from './scene.ts';
import { writerOfLog } from './writer.ts';

/** A file's name (`logs/api-previous.log`) without its folder and ending. */
function stemOf(file: string): string {
  return file.replace(/^.*[/\\]/, '').replace(/\.(?:log|txt|json|jsonl|out)(?:\.\d+)?$/, '');
}

/** What is left of it without the words for logs. */
function workloadNamed(file: string): string {
  const bare = stemOf(file).replace(/^(?:kubectl[._-])?logs?[._-]/, '');
  return bare.replace(/(?:[._-](?:previous|prev|current|logs?))+$/, '');
}

const NAMES_LOGS = /^(?:Deployment|StatefulSet|DaemonSet|Rollout|Job)$/;

/** Workloads that Applications list as theirs: hooks are deleted once they ended, and their logs are kept. */
function listedWorkloads(scene: Scene): ObjectRef[] {
  return scene.objects
    .filter(({ ref }) => ref.kind === 'Application')
    .flatMap(managedBy)
    .filter(({ kind }) => NAMES_LOGS.test(kind));
}

/** Workloads by their names, whether pods of them are seen or not; a name that two workloads share is left out. */
function workloadsByName(scene: Scene, pods: readonly ObjectRef[]): Map<string, ObjectRef> {
  // Pods of a Job that ended are soon gone, and their logs are kept under its name.
  const seen = scene.objects.filter(({ ref }) => NAMES_LOGS.test(ref.kind)).map(({ ref }) => ref);
  const found = new Map<string, ObjectRef | undefined>();
  for (const workload of [...seen, ...listedWorkloads(scene), ...pods.map((pod) => workloadOf(scene, pod))]) {
    const before = found.get(workload.name);
    const other = found.has(workload.name) && (before === undefined || !sameObject(before, workload));
    if (!isPodKind(workload.kind)) found.set(workload.name, other ? undefined : workload);
  }
  return new Map([...found].flatMap(([name, ref]) => (ref === undefined ? [] : [[name, ref]])));
}

/** File names that name no workload in particular. */
const ANYTHING =
  /^(?:app|application|all|pods?|kubectl|output|stdout|stderr|service|server|log|errors?|events|describe|main|container)$/;
/** A word cut as short as this still names a program: `rabbit.log`, `graf.log`. */
const SHORT = 4;
/** What a file adds for the log of the proxy that a mesh puts beside a program. */
const SIDECAR = /[._-](?:(?:istio|linkerd)[._-]proxy|proxy|envoy|sidecar)$/;
const ROLE = /-(?:service|svc|server|deployment|deploy|app)$/;

/**
 * The Job or DaemonSet after a pod of which a file is named. The pod need not be seen: those of a Job that gave up are soon gone.
 * Collectors name namespace and container beside it.
 */
function makerIn(name: string, workloads: ReadonlyMap<string, ObjectRef>): ObjectRef | undefined {
  return name
    .split('_')
    .flatMap((part) => workloads.get(makerOfPod(part) ?? '') ?? [])
    .find(({ kind }) => kind === 'Job' || kind === 'DaemonSet');
}

/** The workload that a file's name means: its name, or the only one of which it leaves out a prefix (a release, a team) or the role. */
function workloadIn(name: string, workloads: ReadonlyMap<string, ObjectRef>): ObjectRef | undefined {
  const exact = workloads.get(name) ?? workloads.get(name.replace(SIDECAR, ''));
  if (exact !== undefined || name.length < 2 || ANYTHING.test(name)) return exact;
  const made = makerIn(name, workloads);
  if (made !== undefined) return made;
  const bare = name.replace(ROLE, '');
  const only = (fits: (workload: string) => boolean) => {
    const like = [...workloads].filter(([workload]) => fits(workload));
    return like.length === 1 ? like[0]?.[1] : undefined;
  };
  const whole = only((workload) => {
    const own = workload.replace(ROLE, '');
    return name.length > 2 && (own === bare || own.endsWith(`-${bare}`) || workload.endsWith(`-${name}`));
  });
  return (
    whole ?? only((workload) => workload.startsWith(`${name}-`) || (name.length >= SHORT && workload.startsWith(name)))
  );
}

/** The pod that has a container of this name, where all that have one are of one workload. */
function containing(name: string, scene: Scene): ObjectRef | undefined {
  if (name.length < 3 || ANYTHING.test(name)) return undefined;
  const pods = scene.objects.filter(
    ({ ref, object }) =>
      ref.kind === 'Pod' &&
      ['initContainers', 'containers'].some((key) =>
        objects(at(object, 'spec', key)).some((container) => container.name === name),
      ),
  );
  const [first, ...others] = pods.map(({ ref }) => ref);
  if (first === undefined) return undefined;
  const workload = workloadOf(scene, first);
  return others.every((pod) => sameObject(workloadOf(scene, pod), workload)) ? first : undefined;
}

/** Whether all containers of a pod are said to be ready. */
function isReady({ object }: SceneObject): boolean {
  const containers = objects(at(object, 'status', 'containerStatuses'));
  return containers.length > 0 && containers.every(({ ready }) => ready === true);
}

/**
 * The pod that a case is about: the only one that is described (of several, the only one that is not ready), or the only one that
 * crashes, also where one that is well is described beside it. A log that was collected with it and says nothing of where it comes from is its own.
 */
function podInQuestion(scene: Scene): ObjectRef | undefined {
  const pods = scene.objects.filter(({ ref }) => isPodKind(ref.kind));
  const described = pods.filter(({ sightings }) => sightings.some(({ partial }) => !partial));
  const unready = described.filter((pod) => !isReady(pod));
  if (unready.length > 0) return unready.length === 1 ? unready[0]?.ref : undefined;
  const states = (state: string) => pods.filter(({ object }) => text(at(object, 'row', 'status')) === state);
  // One that ended with an error may be an old run of a Job.
  const looping = states('CrashLoopBackOff');
  const crashing = looping.length > 0 ? looping : states('Error');
  const [first, ...others] = crashing.map(({ ref }) => ref);
  if (first === undefined) return described.length === 1 ? described[0]?.ref : undefined;
  const workload = workloadOf(scene, first);
  return others.every((pod) => sameObject(workloadOf(scene, pod), workload)) ? first : undefined;
}

/** Words in the names of files that hold some log, and name no program. */
const SOME_LOG =
  /^(?:kubectl|oc|fetch|get|logs?|previous|prev|current|pods?|containers?|all|last|tail|stdout|stderr|output|out|txt|app|application|main|program|errors?|crash(?:ed)?|panic|trace(?:back)?|stack|stacktrace|console|startup|boot|[a-z]|\d+)$/i;
/** Those of them that say that it is a log; a single letter stands for such a word. */
const A_LOG =
  /^(?:logs?|prev|previous|stdout|stderr|crash(?:ed)?|panic|trace(?:back)?|stack|stacktrace|console|[a-z])$/i;

/** A file that is called by a letter or a digit may be anything (`l` is short for a log): what it holds must look like a log. */
const CALLED_BY_LETTER = /(?:^|[/\\])[a-km-z0-9](?:\.(?:txt|md))?$/i;

/** Whether what a file holds may be the log of a pod, where its name does not say so. */
function fits(log: SceneLog, pod: ObjectRef, scene: Scene): boolean {
  return (!CALLED_BY_LETTER.test(log.item.source.name) || isLogged(log)) && mayBeOf(log, pod, scene);
}

/** Whether a file is called like a log of whatever the case is about: `kubectl_previous_logs.txt`, `03-logs.txt`, `crash.txt`. */
function isSomeLog(file: string): boolean {
  const words = file
    .replace(/^.*[/\\]/, '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return words.every((word) => SOME_LOG.test(word)) && words.some((word) => A_LOG.test(word));
}

const CELL = /[\s",;|{}=:/]+/;

/** Whether a command asks for logs of no pod in particular. */
function asksForAnyLog(command: string): boolean {
  const { verb, name } = readCommand(command);
  return verb === 'logs' && name === undefined && !/\s(?:-l|--selector)[ =]/.test(command);
}

/** Lines of a table of logs (CSV, columns between tabs), or of a store of all of them, by the pod that each names in a cell: one that the evidence knows. */
function apart(log: SceneLog, pods: readonly ObjectRef[]): SceneLog[] {
  const { command } = log.item;
  if (log.pod !== undefined || (command !== undefined && !asksForAnyLog(command)) || pods.length < 2) return [log];
  const names = new Map(pods.map((pod) => [pod.name, pod]));
  const told = log.lines.map((line) => ({
    line,
    named: /[",;\t|]/.test(line.raw) ? line.raw.split(CELL).filter((cell) => names.has(cell)) : [],
  }));
  const [head, ...rest] = told.filter(({ line }) => line.raw.trim() !== '');
  const own = head?.named.length === 0 ? rest : told.filter(({ line }) => line.raw.trim() !== '');
  if (own.length === 0 || own.some(({ named }) => new Set(named).size !== 1)) return [log];
  return [...Map.groupBy(own, ({ named }) => named[0] ?? '')].flatMap(([name, lines]) => {
    const pod = names.get(name);
    return pod === undefined ? [] : [{ ...log, pod, lines: lines.map(({ line }) => line) }];
  });
}

/** What a log says itself that it is of: by the labels that its command selects by, or the pod that its file is named after. */
function told({ item }: SceneLog, labels: Readonly<Record<string, string>>): ObjectRef | undefined {
  const program = programNamed(labels);
  if (program !== undefined) {
    const namespace = labels.namespace ?? readCommand(item.command ?? '').namespace;
    return { kind: PROGRAM, name: program, ...(namespace === undefined ? {} : { namespace }) };
  }
  const pod = item.command === undefined ? podInFileName(item.source.name) : undefined;
  return pod === undefined ? undefined : { kind: 'Pod', ...pod };
}

/** What stands before the wildcard of a name that is a pattern: `api-.*`, `api-7c9d*`. */
const PATTERN = /^([a-z0-9][a-z0-9.-]*?)-?(?:\.?[*+])(?:\$)?$/;

/** What a query over several pods is of (`pod=~"api-.*"`): their one workload, where they have one. */
function behindPattern(scene: Scene, ref: ObjectRef, workloads: ReadonlyMap<string, ObjectRef>): ObjectRef | undefined {
  const begin = PATTERN.exec(ref.name)?.[1];
  if (begin === undefined || ref.kind !== 'Pod') return undefined;
  const own = scene.objects
    .filter(
      (one) => one.ref.kind === 'Pod' && `${one.ref.name}-`.startsWith(`${begin}-`) && !inOtherNamespace(one.ref, ref),
    )
    .map((one) => workloadOf(scene, one.ref));
  const [first, ...others] = own;
  if (first !== undefined) return others.every((one) => sameObject(one, first)) ? first : undefined;
  const known = workloads.get(begin);
  return known === undefined || inOtherNamespace(known, ref) ? undefined : known;
}

/** The container of Docker's that a log is of: of its name, or of the service of that name (`PROJECT-SERVICE-1`). Where a pod is called so it is the pod's. */
function containerOf(pods: readonly ObjectRef[], { kind, name }: ObjectRef): ObjectRef | undefined {
  const containers = pods.filter((ref) => ref.kind === CONTAINER);
  if (containers.length === 0 || !/^(?:Pod|Workload)$/.test(kind)) return undefined;
  if (pods.some((ref) => ref.kind === 'Pod' && ref.name === name)) return undefined;
  const service = new RegExp(`^(?:.+[-_])?${literally(name)}[-_]\\d+$`);
  const [only, ...others] = containers.filter((ref) => ref.name === name || service.test(ref.name));
  return others.length === 0 ? only : undefined;
}

/** The container whose log an engine was asked for (`docker logs web`), as far as a list of containers has it. */
function ofEngine({ item }: SceneLog, pods: readonly ObjectRef[]): ObjectRef | undefined {
  const name = /^(?:docker|podman|nerdctl)(?: container)? logs(?: -\S+)* (?:\S+ )*?([\w.-]+)(?= -|\s*$)/.exec(
    item.command ?? '',
  )?.[1];
  return name === undefined ? undefined : pods.find((ref) => ref.kind === CONTAINER && ref.name === name);
}

/** Tools of builds, of infrastructure and of Git: what they print is of their own work, whatever else a transcript shows. */
const MAKES =
  /^(?:nix\S*|terraform|tofu|terragrunt|pulumi|eksctl|kustomize|skopeo|git|gh|glab|(?:docker|podman|nerdctl) (?:build|buildx|push|pull|login|tag))(?=\s|$)/;

/** A log without a command is a pod's when its file is named after one that the evidence knows, or after its workload. */
function attach(
  scene: Scene,
  log: SceneLog,
  pods: readonly ObjectRef[],
  workloads: ReadonlyMap<string, ObjectRef>,
  pipelines: ReadonlySet<string>,
  inQuestion: ObjectRef | undefined,
): SceneLog {
  const container = log.pod === undefined ? ofEngine(log, pods) : containerOf(pods, log.pod);
  if (container !== undefined) return { ...log, pod: container };
  if (log.pod?.kind === PROGRAM) {
    const known = workloadIn(log.pod.name, workloads);
    return known === undefined || inOtherNamespace(known, log.pod) ? log : { ...log, pod: known };
  }
  if (log.pod !== undefined) {
    const behind = behindPattern(scene, log.pod, workloads);
    return behind === undefined ? log : { ...log, pod: behind };
  }
  if (pipelines.has(log.item.source.name)) return { ...log, pipeline: true };
  const name = log.item.source.name;
  const byName = pods.filter((pod) => name.includes(pod.name)).sort((a, b) => b.name.length - a.name.length)[0];
  // What another program of the transcript printed, or one that makes things, is no log of the one pod that it shows.
  const other =
    log.item.command !== undefined && (plainCommand(log.item.command) === undefined || MAKES.test(log.item.command));
  const [single, second] = pods;
  const only =
    single === undefined ||
    second !== undefined ||
    other ||
    [...workloads.values()].some((workload) => inOtherNamespace(workload, single)) ||
    (log.item.command === undefined && !fits(log, single, scene))
      ? undefined
      : single;
  const selector = /\s(?:-l|--selector)[ =]?(\S+=\S+)|^logcli [^{]*\{([^}]+)\}/
    .exec(log.item.command ?? '')
    ?.slice(1)
    .find(Boolean);
  const labels = selector === undefined ? {} : selectedLabels(selector);
  const named = Object.values(labels).flatMap((value) => workloads.get(value) ?? [])[0];
  const ofFile = workloadNamed(name);
  // What no command made is told by its file alone, and by its times.
  const itsOwn = inQuestion !== undefined && isSomeLog(name) && fits(log, inQuestion, scene);
  const kept = (): ObjectRef | undefined =>
    containing(ofFile, scene) ?? (itsOwn ? inQuestion : undefined) ?? runOf(log, scene);
  // A workload may be called `log-…` itself.
  const whole = workloads.get(stemOf(name)) ?? makerIn(stemOf(name), workloads);
  const known =
    byName ??
    named ??
    only ??
    whole ??
    workloadIn(ofFile, workloads) ??
    (log.item.command === undefined ? kept() : undefined);
  const pod = known ?? told(log, labels) ?? writerOfLog(log);
  return pod === undefined ? log : { ...log, pod };
}

/** The logs of a scene, each with the pod (or workload) that it is of, as far as its file's name or the rest of the scene tells. */
export function attachLogs(scene: Scene): SceneLog[] {
  const pods = scene.objects.filter(({ ref }) => isPodKind(ref.kind)).map(({ ref }) => ref);
  const pipelines = pipelineFiles(scene.items);
  const workloads = workloadsByName(scene, pods);
  const inQuestion = podInQuestion(scene);
  return scene.logs
    .flatMap((log) => apart(log, pods))
    .map((log) => attach(scene, log, pods, workloads, pipelines, inQuestion));
}
