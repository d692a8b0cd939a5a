import { at, isObject, type Json, text } from '../json.ts';
import { type EvidenceItem, type ObjectRef, sameObject } from './model.ts';
import type { Scene } from './scene.ts';
import { judge } from './status/judge.ts';

/** What a controller's own log says of one object that it works on, and in which line (index in `item.text`). */
export interface ControllerSays {
  readonly item: EvidenceItem;
  readonly index: number;
  readonly object: ObjectRef;
  readonly text: string;
}

const PAIR = /(?:^|\s)([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|\S*)/g;
const MAX_LINE = 20_000;
/** Said of an object that is well (again): what was said of it before is over. */
const WELL =
  /^Updated sync status: \S+ -> Synced|^Sync operation .*succeeded|^Reconciliation finished|^server-side apply completed/i;
/** Members that these controllers alone write: other programs name an application in their lines, too. */
const CONTROLLER =
  /app-qualified-name|app-namespace=|"app-namespace"|dest-server=|"dest-server"|fluxcd\.io"|Comparing app state \(cluster: |controllerKind"?[=:]/;
/** What the API server answers when it refuses what a controller makes. Rights that the controller lacks are its own trouble. */
const REFUSED = /\bis forbidden: (?!User )|admission webhook "[^"]+" denied|\b[A-Z]\w+\S* "[^"]+" is invalid: /;
/** That something else went wrong is told better by the line that says what. */
const ONLY_THAT = /^Failed to compare: \w+$|^ComparisonError$/;

/** zap's console: time, level, (logger,) message and members, between tabs. klog: `E1125 07:06:00.1 1 controller.go:324] "message" key=value`. */
const CONSOLE = /^\S+\t([A-Z]+)\t(?:\S+\t)?([^\t{]+)\t(?=\{)/;
const KLOG = /^([IWEF])\d{4} \S+ +\d+ [\w.-]+:\d+\] "([^"]*)"/;
const LEVELS: Readonly<Record<string, string>> = { I: 'info', W: 'warning', E: 'error', F: 'fatal' };

/** Members of a line in JSON or logfmt, or behind the head that loggers of controllers write; undefined for other lines. */
function membersOf(line: string): Json | undefined {
  const start = line.indexOf('{');
  const [, level, msg] = CONSOLE.exec(line) ?? [];
  if (start >= 0 && (line.includes('"msg"') || msg !== undefined)) {
    try {
      const value: unknown = JSON.parse(line.slice(start));
      return isObject(value)
        ? { ...(msg === undefined ? {} : { level: level?.toLowerCase(), msg }), ...value }
        : undefined;
    } catch {
      return undefined;
    }
  }
  const [, letter, said] = KLOG.exec(line) ?? [];
  if (letter === undefined && !/(?:^|\s)msg=/.test(line)) return undefined;
  const members = Object.fromEntries(
    [...line.matchAll(PAIR)].map(([, name = '', raw = '']) => [name, raw.startsWith('"') ? unquoted(raw) : raw]),
  );
  return letter === undefined ? members : { level: LEVELS[letter], msg: said, ...members };
}

function unquoted(raw: string): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw.slice(1, -1);
  }
}

/** Argo CD names the Application in every line (`application=web`); Flux, as all of controller-runtime, kind and name. */
function objectOf(members: Json): ObjectRef | undefined {
  const application = text(members.application);
  if (application !== undefined && application !== '')
    return { kind: 'Application', name: application.replace(/^[\w-]+\//, '') };
  const kind = text(members.controllerKind);
  if (kind === undefined) return undefined;
  // The object stands under its kind, too: `"Cluster":{"name":"web","namespace":"shop"}`, `Cluster="shop/web"`.
  const [inner, slashed] = [members[kind], text(members[kind])?.split('/')];
  const name = text(members.name) ?? text(at(inner, 'name')) ?? slashed?.at(-1);
  const namespace = text(members.namespace) ?? text(at(inner, 'namespace')) ?? slashed?.at(-2);
  if (name === undefined || name === '') return undefined;
  return { kind, name, ...(namespace === undefined || namespace === '' ? {} : { namespace }) };
}

/** Argo CD and Flux tell all that is wrong with what they work on; of other controllers it is what they were refused to make. */
const isGitops = (members: Json): boolean =>
  members.controllerKind === undefined || (text(members.controllerGroup) ?? '').endsWith('.fluxcd.io');

/** Whether a line is a controller's own word on one object: `controllersSay` reads it, with what came after it. */
export function isOfController(item: EvidenceItem, line: string): boolean {
  if (item.source.kind !== 'log' || line.length > MAX_LINE || !CONTROLLER.test(item.text)) return false;
  const members = membersOf(line);
  return members !== undefined && objectOf(members) !== undefined;
}

/** Whether the object itself says that it is well: what was refused before it is history. */
function isWell(scene: Scene, ref: ObjectRef): boolean {
  const seen = scene.objects.filter((one) => sameObject(one.ref, ref) || isRowOf(one.ref, ref));
  return seen.some(({ object }) => judge(object)?.is === 'well');
}

/** A row of a table is of the kind that the command asked for: `cluster.postgresql.cnpg.io`. */
const isRowOf = (row: ObjectRef, { kind, name, namespace }: ObjectRef): boolean =>
  row.name === name && row.namespace === namespace && row.kind.split('.')[0]?.toLowerCase() === kind.toLowerCase();

/**
 * The last trouble that controllers of Argo CD and Flux logged of each object, unless it went well after it; and what the API server
 * refused to other controllers (those made with controller-runtime), where that is the last that they say of the object.
 */
export function controllersSay(scene: Scene): ControllerSays[] {
  const last = new Map<string, ControllerSays & { readonly refusal: boolean }>();
  for (const item of scene.items) {
    if (item.source.kind !== 'log' || !CONTROLLER.test(item.text)) continue;
    for (const [index, line] of item.text.split('\n').entries()) {
      const members = line.length > MAX_LINE ? undefined : membersOf(line);
      const object = members === undefined ? undefined : objectOf(members);
      if (members === undefined || object === undefined) continue;
      const said = text(members.msg) ?? '';
      const key = `${object.kind}/${object.namespace ?? ''}/${object.name}`;
      const why = text(members.error) ?? text(at(members, 'err'));
      const gitops = isGitops(members);
      if (WELL.test(said) || !gitops) last.delete(key);
      if (!/^(?:warn|error|fatal)/i.test(text(members.level) ?? '') || ONLY_THAT.test(said)) continue;
      if (!gitops && !REFUSED.test(why ?? said)) continue;
      last.set(key, { item, index, object, refusal: !gitops, text: why === undefined ? said : `${said}: ${why}` });
    }
  }
  return [...last.values()].filter(({ object, refusal }) => !refusal || !isWell(scene, object));
}
