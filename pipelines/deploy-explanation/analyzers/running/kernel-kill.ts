import { citeLines } from '../../../../src/evidence/cite.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import { type Citation, type EvidenceItem, sameObject } from '../../../../src/evidence/model.ts';
import type { PodView } from '../../../../src/evidence/pods.ts';
import { PROGRAM } from '../../../../src/evidence/program-name.ts';
import { workloadOf } from '../../../../src/evidence/relations.ts';
import { at, objects, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';

/** The kernel's word that a process reached the limit of its own memory group, and not that of the machine. */
const IN_GROUP = /\bMemory cgroup out of memory: Killed process \d+ \(([^)]{1,64})\)/;
/** The group of a pod, called after its UID, which may be written with underscores. */
const GROUP = /\bkubepods\S*pod([0-9a-f][0-9a-f_-]{7,35})/;

/** The group of one container within that, called after its identifier by the runtime. */
const CONTAINER = /\b(?:cri-containerd|crio|docker|libpod)-([0-9a-f]{12,64})\.scope/;

/** Whether nothing known says that the last run of a pod that crashes ended otherwise than killed. */
function mayBeKilled({ containers, rowStatus }: PodView): boolean {
  const crashes = /^(?:CrashLoopBackOff|OOMKilled|Error)$/.test(rowStatus ?? '');
  const ends = containers.flatMap(({ last, terminated }) => last ?? terminated ?? []);
  return (
    (crashes || containers.some(({ waiting }) => waiting?.reason === 'CrashLoopBackOff')) &&
    ends.every(({ exitCode, reason }) =>
      exitCode === undefined ? !/^(?:Completed|ContainerCannotRun)$/.test(reason) : exitCode === 137,
    )
  );
}

/** A text with the kernel's word: the line of it, and the groups that are named there. */
interface Kill {
  readonly item: EvidenceItem;
  readonly index: number;
  readonly groups: readonly string[];
  /** Identifiers of containers that are named there. */
  readonly containers: readonly string[];
}

const KILLS = new WeakMap<View, readonly Kill[]>();

/** All texts that hold the kernel's word, read once for a view. */
function killsIn(view: View): readonly Kill[] {
  const known = KILLS.get(view);
  if (known !== undefined) return known;
  const kills = view.scene.items.flatMap((item): Kill[] => {
    if (item.object !== undefined || !item.text.includes('Memory cgroup out of memory') || !IN_GROUP.test(item.text))
      return [];
    const lines = item.text.split('\n');
    const groups = lines.flatMap((line) => GROUP.exec(line)?.[1]?.replaceAll('_', '-') ?? []);
    const containers = lines.flatMap((line) => CONTAINER.exec(line)?.[1] ?? []);
    return [{ item, index: lines.findLastIndex((line) => IN_GROUP.test(line)), groups, containers }];
  });
  KILLS.set(view, kills);
  return kills;
}

/**
 * The line of a node's kernel that it killed a process of a pod: by the UID in the name of the memory group, or, where no UID is seen, of the
 * only workload that crashes and of whose end nothing else is known.
 */
export function killedOnNode(view: View, pod: PodView): Citation | undefined {
  const kills = killsIn(view);
  if (kills.length === 0) return undefined;
  const uid = text(at(pod.source.object, 'metadata', 'uid'));
  const others = view.pods.filter(
    (other) => mayBeKilled(other) && !sameObject(workloadOf(view.scene, other.ref), workloadOf(view.scene, pod.ref)),
  );
  const ids = objects(at(pod.source.object, 'status', 'containerStatuses')).flatMap(
    ({ containerID }) => text(containerID)?.replace(/^\w+:\/\//, '') ?? [],
  );
  for (const { item, index, groups, containers } of kills) {
    const isOwn = (container: string) => ids.some((id) => id.startsWith(container) || container.startsWith(id));
    const own = (uid !== undefined && groups.some((group) => uid.startsWith(group))) || containers.some(isOwn);
    if (own || (uid === undefined && others.length === 0 && mayBeKilled(pod))) return citeLines(item, index);
  }
  return undefined;
}

/** A program that the kernel killed at the limit of its group, where no pod is seen that it could be of: by the name of its process. */
export function killedProcess(view: View): Draft[] {
  const [kill] = view.pods.length === 0 ? killsIn(view) : [];
  const name = IN_GROUP.exec(kill?.item.text.split('\n')[kill.index] ?? '')?.[1];
  if (kill === undefined || name === undefined) return [];
  return [
    {
      object: { kind: PROGRAM, name },
      summary: `The kernel killed the process \`${name}\` because its container reached its memory limit`,
      confidence: 0.85,
      severity: 'failed',
      citations: [citeLines(kill.item, kill.index)],
      remedies: [
        look('See which container the group in the line above is of', command('crictl', 'ps', '-a')),
        change('Raise the memory limit of that container, or find what fills it', 'medium'),
      ],
    },
  ];
}
