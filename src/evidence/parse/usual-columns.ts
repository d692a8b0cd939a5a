/**
 * The columns that `kubectl get -o wide --show-labels` gives the common kinds, for rows whose header was cut off. A column behind `?` is
 * there in some versions of kubectl only, or has cells that may be empty.
 */
const WIDE: Readonly<Record<string, readonly string[]>> = {
  Pod: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES', 'LABELS'],
  Deployment: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR', 'LABELS'],
  StatefulSet: ['NAME', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'LABELS'],
  ReplicaSet: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR', 'LABELS'],
  DaemonSet: [
    'NAME',
    'DESIRED',
    'CURRENT',
    'READY',
    'UP-TO-DATE',
    'AVAILABLE',
    'NODE SELECTOR',
    'AGE',
    'CONTAINERS',
    'IMAGES',
    'SELECTOR',
    'LABELS',
  ],
  Service: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE', 'SELECTOR', 'LABELS'],
  Namespace: ['NAME', 'STATUS', 'AGE', 'LABELS'],
  Node: [
    'NAME',
    'STATUS',
    'ROLES',
    'AGE',
    'VERSION',
    'INTERNAL-IP',
    'EXTERNAL-IP',
    'OS-IMAGE',
    'KERNEL-VERSION',
    'CONTAINER-RUNTIME',
    'LABELS',
  ],
  Endpoints: ['NAME', 'ENDPOINTS', 'AGE', 'LABELS'],
  EndpointSlice: ['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE', 'LABELS'],
  Ingress: ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE', 'LABELS'],
  PersistentVolumeClaim: [
    'NAME',
    'STATUS',
    '?VOLUME',
    '?CAPACITY',
    '?ACCESS MODES',
    'STORAGECLASS',
    '?VOLUMEATTRIBUTESCLASS',
    'AGE',
    'VOLUMEMODE',
    'LABELS',
  ],
  Event: ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
  Job: ['NAME', '?STATUS', 'COMPLETIONS', '?DURATION', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR', 'LABELS'],
  CronJob: [
    'NAME',
    'SCHEDULE',
    '?TIMEZONE',
    'SUSPEND',
    'ACTIVE',
    'LAST SCHEDULE',
    'AGE',
    'CONTAINERS',
    'IMAGES',
    'SELECTOR',
    'LABELS',
  ],
  HorizontalPodAutoscaler: ['NAME', 'REFERENCE', 'TARGETS', 'MINPODS', 'MAXPODS', 'REPLICAS', 'AGE', 'LABELS'],
  PodDisruptionBudget: ['NAME', 'MIN AVAILABLE', 'MAX UNAVAILABLE', 'ALLOWED DISRUPTIONS', 'AGE', 'LABELS'],
  StorageClass: ['NAME', 'PROVISIONER', 'RECLAIMPOLICY', 'VOLUMEBINDINGMODE', 'ALLOWVOLUMEEXPANSION', 'AGE', 'LABELS'],
  ConfigMap: ['NAME', 'DATA', 'AGE', 'LABELS'],
  Secret: ['NAME', 'TYPE', 'DATA', 'AGE', 'LABELS'],
};

/** Every column of the common kinds. */
export const USUAL_COLUMNS: readonly string[] = Object.values(WIDE)
  .flat()
  .map((column) => column.replace('?', ''));

/** What stands under AGE: of a row, or `<unknown>`. */
const AGE = /^(?:(?:\d+[ydhms])+|<unknown>)$/;
/** What stands under columns of which the one beside may be missing. */
const CELLS: Readonly<Record<string, RegExp>> = {
  COMPLETIONS: /^\d+\/(?:\d+|1 of \d+)$/,
  SUSPEND: /^(?:True|False)$/,
  'ACCESS MODES': /^(?:R[WO][OX]P?(?:,|$))+/,
  CAPACITY: /^\d+(?:\.\d+)?(?:[KMGTPE]i?)?$/,
};

/** The columns with any choice of those that may be missing: all of them first. */
function choices(columns: readonly string[]): string[][] {
  const at = columns.findIndex((column) => column.startsWith('?'));
  if (at < 0) return [[...columns]];
  const [before, after] = [columns.slice(0, at), columns.slice(at + 1)];
  return [...choices([...before, (columns[at] ?? '').slice(1), ...after]), ...choices([...before, ...after])];
}

const CHOICES = new Map<string, readonly (readonly string[])[]>();

/** The choices of a kind's columns, made once. */
function choicesOf(kind: string, usual: readonly string[]): readonly (readonly string[])[] {
  const known = CHOICES.get(kind) ?? choices(usual);
  CHOICES.set(kind, known);
  return known;
}

/**
 * The columns of a row of `kind` without its header, as its cells tell: the choice of them under which an age stands where one must. Where
 * none fits, all that are always there; undefined for a kind whose columns are not known.
 */
export function usualColumns(kind: string, cells: readonly string[], before: readonly string[]): readonly string[] {
  const usual = WIDE[kind];
  if (usual === undefined) return [];
  const always = [...before, ...usual.filter((column) => !column.startsWith('?'))];
  if (!usual.some((column) => column.startsWith('?'))) return always;
  const fits = (columns: readonly string[]) =>
    columns.indexOf('AGE') < cells.length &&
    columns.every(
      (column, index) =>
        index >= cells.length || ((column === 'AGE' ? AGE : CELLS[column])?.test(cells[index] ?? '') ?? true),
    );
  for (const chosen of choicesOf(kind, usual)) {
    const columns = [...before, ...chosen];
    if (fits(columns)) return columns;
  }
  return always;
}
