import { equalJson, isObject, type Json, valueAt } from '../../../src/manifest/json.ts';
import { append, type Edit, type Path, remove, set } from '../edits.ts';
import { statedWishes } from '../statements.ts';
import { ordersCompany, pathOfWish } from '../wish.ts';
import { type Container, containersOf, type FixContext, type Fixer, type Proposal, podSpecPath } from './fixer.ts';

interface Hardening {
  readonly path: Path;
  readonly value: Json;
  readonly summary: string;
  readonly note?: string;
}

/** What a container may be told to do without. */
const CONTAINER: readonly Hardening[] = [
  { path: ['securityContext', 'allowPrivilegeEscalation'], value: false, summary: 'forbid privilege escalation' },
  {
    path: ['securityContext', 'privileged'],
    value: false,
    summary: 'run unprivileged',
    note: 'the container loses access to host devices',
  },
  {
    path: ['securityContext', 'runAsNonRoot'],
    value: true,
    summary: 'refuse to run as root',
    note: 'an image whose user is root will not start',
  },
  {
    path: ['securityContext', 'seccompProfile', 'type'],
    value: 'RuntimeDefault',
    summary: "use the runtime's seccomp profile",
  },
  { path: ['securityContext', 'procMount'], value: 'Default', summary: 'use the default /proc mount' },
];

const POD: readonly Hardening[] = [
  {
    path: ['securityContext', 'runAsNonRoot'],
    value: true,
    summary: 'refuse to run as root',
    note: 'an image whose user is root will not start',
  },
  {
    path: ['securityContext', 'seccompProfile', 'type'],
    value: 'RuntimeDefault',
    summary: "use the runtime's seccomp profile",
  },
  { path: ['hostNetwork'], value: false, summary: "leave the host's network", note: 'the pod gets its own address' },
  { path: ['hostPID'], value: false, summary: "leave the host's process namespace" },
  { path: ['hostIPC'], value: false, summary: "leave the host's IPC namespace" },
  { path: ['shareProcessNamespace'], value: false, summary: 'keep the containers’ processes apart' },
  {
    path: ['automountServiceAccountToken'],
    value: false,
    summary: 'mount no service account token',
    note: 'a pod that calls the Kubernetes API needs it',
  },
];

function proposals(base: Path, table: readonly Hardening[], of: string, object: Json, cost: number): Proposal[] {
  return table
    .filter(({ path, value }) => valueAt(object, [...base, ...path]) !== value)
    .map(({ path, value, summary, note }) => ({
      by: 'hardening',
      summary: `${of}: ${summary}`,
      ...(note ? { note } : {}),
      edits: [set([...base, ...path], value)],
      // An explicit unsafe value is the likelier culprit than a missing one.
      cost: cost + (valueAt(object, [...base, ...path]) === undefined ? 1 : 0),
    }));
}

/** A read-only root, with room to write where the manifest itself says the container writes. */
function readOnlyRoot({ path, name, json }: Container, pod: Path, object: Json): Proposal[] {
  if (valueAt(json, ['securityContext', 'readOnlyRootFilesystem']) === true) return [];
  const edits: Edit[] = [set([...path, 'securityContext', 'readOnlyRootFilesystem'], true)];
  const words = JSON.stringify([json.command ?? null, json.args ?? null, json.env ?? null]);
  const mounts = Array.isArray(json.volumeMounts) ? json.volumeMounts : [];
  const mounted = mounts.some((mount) => isObject(mount) && mount.mountPath === '/tmp');
  const writes = /["=:]\/tmp\b/.test(words) && !mounted;
  if (writes) {
    const volume = `${name.slice(0, 50)}-tmp`;
    const volumes = valueAt(object, [...pod, 'volumes']);
    if (!(Array.isArray(volumes) && volumes.some((item) => isObject(item) && item.name === volume))) {
      edits.push(append([...path, 'volumeMounts'], { name: volume, mountPath: '/tmp' }));
      edits.push(append([...pod, 'volumes'], { name: volume, emptyDir: {} }));
    }
  }
  const note = 'whatever it writes outside its volumes will fail: mount an emptyDir there';
  return [
    {
      by: 'hardening',
      summary: `container ${name}: read-only root file system${writes ? ', with an emptyDir at /tmp, which it names' : ''}`,
      note,
      edits,
      cost: 3,
    },
  ];
}

function capabilities({ path, name, json }: Container): Proposal[] {
  const base = [...path, 'securityContext', 'capabilities'];
  const drop = valueAt(json, ['securityContext', 'capabilities', 'drop']);
  const added = valueAt(json, ['securityContext', 'capabilities', 'add']);
  const found: Proposal[] = [];
  if (!(Array.isArray(drop) && drop.includes('ALL'))) {
    found.push({
      by: 'hardening',
      summary: `container ${name}: drop all capabilities`,
      note: 'one that it needs must be added back',
      edits: [append([...base, 'drop'], 'ALL')],
      // More than the single ones that a policy may name.
      cost: 5,
    });
  }
  if (Array.isArray(added) && added.length > 0) {
    // From the end, so that an earlier removal does not move what a later one means.
    for (const [i, capability] of [...added.entries()].reverse()) {
      found.push({
        by: 'hardening',
        summary: `container ${name}: no added capability ${capability}`,
        note: 'what needs it will fail',
        edits: [remove([...base, 'add', i])],
        cost: 4,
      });
    }
  }
  return found;
}

/** Root users and local seccomp profiles, of a pod or a container. */
function users({ path, name, json }: { path: Path; name: string; json: Json }): Proposal[] {
  const found: Proposal[] = [];
  for (const key of ['runAsUser', 'runAsGroup']) {
    if (valueAt(json, ['securityContext', key]) === 0) {
      found.push({
        by: 'hardening',
        summary: `${name}: not as ${key === 'runAsUser' ? 'user' : 'group'} 0`,
        note: "the image's own user is used",
        edits: [remove([...path, 'securityContext', key])],
        cost: 5,
      });
    }
  }
  if (valueAt(json, ['securityContext', 'seccompProfile', 'localhostProfile']) !== undefined) {
    found.push({
      by: 'hardening',
      summary: `${name}: no local seccomp profile`,
      edits: [
        remove([...path, 'securityContext', 'seccompProfile', 'localhostProfile']),
        set([...path, 'securityContext', 'seccompProfile', 'type'], 'RuntimeDefault'),
      ],
      cost: 5,
    });
  }
  return found;
}

function hostPorts({ path, name, json }: Container): Proposal[] {
  const ports = Array.isArray(json.ports) ? json.ports : [];
  return ports.flatMap((port, i) =>
    isObject(port) && port.hostPort !== undefined && port.hostPort !== 0
      ? [
          {
            by: 'hardening',
            summary: `container ${name}: no host port ${port.hostPort}`,
            note: 'reach it through a Service instead',
            edits: [remove([...path, 'ports', i, 'hostPort'])],
            cost: 4,
          },
        ]
      : [],
  );
}

/** Mounts of host folders become read-only; the folder itself stays, because nobody but its owner knows what for. */
function hostMounts({ path, name, json }: Container, pod: Path, object: Json): Proposal[] {
  const volumes = valueAt(object, [...pod, 'volumes']);
  const host = new Set(
    (Array.isArray(volumes) ? volumes : []).flatMap((volume) =>
      isObject(volume) && volume.hostPath !== undefined ? [volume.name] : [],
    ),
  );
  const mounts = Array.isArray(json.volumeMounts) ? json.volumeMounts : [];
  return mounts.flatMap((mount, i) =>
    isObject(mount) && host.has(mount.name as string) && mount.readOnly !== true
      ? [
          {
            by: 'hardening',
            summary: `container ${name}: host folder ${mount.mountPath} read-only`,
            note: 'writes to it will fail',
            edits: [set([...path, 'volumeMounts', i, 'readOnly'], true)],
            cost: 4,
          },
        ]
      : [],
  );
}

/** Whether every policy that wants a right gone would as well take another setting beside it. */
function isOneOfWays(context: FixContext, at: Path): boolean {
  const wishes = statedWishes(context).filter(({ wish }) => equalJson([...pathOfWish(wish)], [...at]));
  return wishes.length > 0 && wishes.every(ordersCompany);
}

/** Whether a policy says what has to stand where something would go: that nothing does is no way. */
function isSetOtherwise(context: FixContext, { edits }: Proposal): boolean {
  const [only] = edits;
  return (
    edits.length === 1 &&
    only?.op === 'remove' &&
    statedWishes(context).some(
      ({ wish, sole }) =>
        sole && wish.kind === 'edit' && wish.edit.op === 'set' && equalJson([...wish.edit.path], [...only.path]),
    )
  );
}

/** Security context, host namespaces, host ports, capabilities, tokens: edits that take rights away and need no decision. */
export const hardening: Fixer = {
  name: 'hardening',
  propose(context) {
    const { object } = context;
    const pod = podSpecPath(object);
    if (object.kind === 'ServiceAccount') {
      return proposals(
        [],
        POD.filter(({ path }) => path[0] === 'automountServiceAccountToken'),
        'service account',
        object,
        1,
      );
    }
    if (!pod) return [];
    const spec = valueAt(object, pod) as Json;
    return [
      ...proposals(pod, POD, 'pod', object, 1).filter(
        ({ edits }) => !edits.some(({ path }) => isOneOfWays(context, path)),
      ),
      ...users({ path: pod, name: 'pod', json: spec }).filter((one) => !isSetOtherwise(context, one)),
      ...containersOf(object).flatMap((container) => [
        ...proposals(container.path, CONTAINER, `container ${container.name}`, object, 3),
        ...readOnlyRoot(container, pod, object),
        ...capabilities(container),
        ...users({ ...container, name: `container ${container.name}` }).filter((one) => !isSetOtherwise(context, one)),
        ...hostPorts(container),
        ...hostMounts(container, pod, object),
      ]),
    ];
  },
};
