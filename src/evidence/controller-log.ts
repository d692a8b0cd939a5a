import { at, isObject, type Json, text } from '../json.ts';
import type { EvidenceItem, ObjectRef } from './model.ts';
import type { Scene } from './scene.ts';

/** What a GitOps controller's own log says of one object that it works on, and in which line (index in `item.text`). */
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
  /app-qualified-name|app-namespace=|"app-namespace"|dest-server=|"dest-server"|fluxcd\.io"|Comparing app state \(cluster: /;
/** That something else went wrong is told better by the line that says what. */
const ONLY_THAT = /^Failed to compare: \w+$|^ComparisonError$/;

/** Members of a line in JSON or logfmt; undefined for other lines. */
function membersOf(line: string): Json | undefined {
  const start = line.indexOf('{');
  if (start >= 0 && line.includes('"msg"')) {
    try {
      const value: unknown = JSON.parse(line.slice(start));
      return isObject(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
  if (!/(?:^|\s)msg=/.test(line)) return undefined;
  return Object.fromEntries(
    [...line.matchAll(PAIR)].map(([, name = '', raw = '']) => [name, raw.startsWith('"') ? unquoted(raw) : raw]),
  );
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
  const group = text(members.controllerGroup) ?? '';
  const [name, namespace] = [text(members.name), text(members.namespace)];
  if (kind === undefined || name === undefined || !group.endsWith('.fluxcd.io')) return undefined;
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Whether a line is a GitOps controller's own word on one object: `controllersSay` reads it, with what came after it. */
export function isOfController(item: EvidenceItem, line: string): boolean {
  if (item.source.kind !== 'log' || line.length > MAX_LINE || !CONTROLLER.test(item.text)) return false;
  const members = membersOf(line);
  return members !== undefined && objectOf(members) !== undefined;
}

/** The last trouble that controllers of Argo CD and Flux logged of each object, unless it went well after it. */
export function controllersSay(scene: Scene): ControllerSays[] {
  const last = new Map<string, ControllerSays>();
  for (const item of scene.items) {
    if (item.source.kind !== 'log' || !CONTROLLER.test(item.text)) continue;
    for (const [index, line] of item.text.split('\n').entries()) {
      const members = line.length > MAX_LINE ? undefined : membersOf(line);
      const object = members === undefined ? undefined : objectOf(members);
      if (members === undefined || object === undefined) continue;
      const said = text(members.msg) ?? '';
      const key = `${object.kind}/${object.namespace ?? ''}/${object.name}`;
      if (WELL.test(said)) last.delete(key);
      if (!/^(?:warn|error|fatal)/i.test(text(members.level) ?? '') || ONLY_THAT.test(said)) continue;
      const why = text(members.error) ?? text(at(members, 'err'));
      last.set(key, { item, index, object, text: why === undefined ? said : `${said}: ${why}` });
    }
  }
  return [...last.values()];
}
