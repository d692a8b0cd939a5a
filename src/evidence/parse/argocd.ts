import type { Json } from '../../json.ts';
import { kindOf } from '../kinds.ts';
import { isTableHeader, parseTable } from './table.ts';
import { child, parseTree, valueAt } from './tree.ts';

function namespaced(name: string): { name: string; namespace?: string } {
  const [left, right] = name.split('/');
  return right === undefined ? { name } : { name: right, namespace: left ?? '' };
}

function resourceRows(lines: readonly string[]): Json[] {
  return parseTable(lines).map(({ cells }) => ({
    group: cells.GROUP ?? '',
    kind: cells.KIND ?? '',
    namespace: cells.NAMESPACE ?? '',
    name: cells.NAME ?? '',
    status: cells.STATUS ?? '',
    ...(cells.HEALTH ? { health: { status: cells.HEALTH } } : {}),
    ...(cells.HOOK ? { hookType: cells.HOOK } : {}),
    ...(cells.MESSAGE ? { message: cells.MESSAGE } : {}),
  }));
}

/** Whether a describe-like block is `argocd app get`. */
export function isArgoApp(lines: readonly string[]): boolean {
  const head = lines.slice(0, 40);
  return (
    head.some((line) => /^Project:\s/.test(line)) &&
    head.some((line) => /^(Sync Status|Health Status|Sync Policy|SyncPolicy):\s/.test(line))
  );
}

/** What only stands in a description of an Application. */
const OF_APP =
  /^(?:CONDITION\s+(?:MESSAGE|STATUS)\b|GROUP\s+KIND\s|(?:Sync Status|Health Status|Sync Policy|SyncPolicy|Sync Revision|Phase|Operation|Project):)/;

/** What `grep`, `sed` or `tail` left of `argocd app get NAME`, with the line that names it, which the command knows; else the lines as they are. */
function withAppName(lines: readonly string[], command = ''): readonly string[] {
  const [, name] = /^argocd app(?:set)? get (?:-\S+ )*([a-z0-9][a-z0-9./-]*)(?=\s|$)/.exec(command) ?? [];
  return name === undefined || lines[0]?.startsWith('Name:') || !lines.some((line) => OF_APP.test(line))
    ? lines
    : [`Name: ${name}`, ...lines];
}

/** `argocd app get` as an Application object, `argocd appset get` as an ApplicationSet: with the members that they have in the cluster. */
function parseArgoApp(lines: readonly string[]): Json | undefined {
  const root = parseTree(lines);
  const full = valueAt(root, 'Name');
  if (full === undefined) return undefined;
  const statesAt = lines.findIndex((line) => /^CONDITION\s+STATUS\s+MESSAGE/.test(line));
  if (lines.some((line) => /^SyncPolicy:/.test(line)))
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: namespaced(full),
      status: { conditions: statesAt < 0 ? [] : statesOf(lines.slice(statesAt)) },
    };
  const source = child(root, 'Source');
  // A source is a member of a list: the rest of it stands below its first line.
  const member = child(root, 'Repo') ?? child(source, 'Repo');
  const find = (key: string) =>
    valueAt(source, key) ?? valueAt(source, `- ${key}`) ?? valueAt(member, key) ?? valueAt(root, key);
  const start = lines.findIndex((line) => /^GROUP\s+KIND\s/.test(line));
  const end = start < 0 ? -1 : lines.findIndex((line, index) => index > start && line.trim() === '');
  const resources = start < 0 ? [] : resourceRows(lines.slice(start, end < 0 ? undefined : end));
  const conditionAt = lines.findIndex((line) => /^CONDITION\s+MESSAGE/.test(line));
  const conditions = conditionAt < 0 ? [] : conditionsOf(lines.slice(conditionAt + 1));
  const phase = valueAt(root, 'Phase');
  const message = valueAt(root, 'Message');
  const [startedAt, finishedAt] = [valueAt(root, 'Start'), valueAt(root, 'Finished')];
  const sync = valueAt(root, 'Sync Status')?.split(' ')[0];
  const health = valueAt(root, 'Health Status');
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: namespaced(full),
    spec: {
      project: valueAt(root, 'Project'),
      destination: { server: valueAt(root, 'Server'), namespace: valueAt(root, 'Namespace') },
      ...syncPolicyOf(valueAt(root, 'Sync Policy')),
      source: { repoURL: find('Repo') ?? find('Repo URL'), path: find('Path'), targetRevision: find('Target') },
    },
    status: {
      ...(sync === undefined ? {} : { sync: { status: sync } }),
      ...(health === undefined
        ? {}
        : { health: { status: health.split(' ')[0], message: /\((.*)\)/.exec(health)?.[1] } }),
      // Without its operation, too, each resource is shown with what the last one said of it.
      ...(phase === undefined && !resources.some(({ message: said }) => said !== undefined)
        ? {}
        : {
            operationState: {
              ...(phase === undefined ? {} : { phase }),
              ...(message === undefined ? {} : { message }),
              ...(startedAt === undefined ? {} : { startedAt }),
              ...(finishedAt === undefined ? {} : { finishedAt }),
              syncResult: { resources },
            },
          }),
      resources,
      conditions,
    },
  };
}

/** `Automated (Prune) (SelfHeal)` as `spec.syncPolicy`; nothing where the tool calls it manual or `<none>`. */
function syncPolicyOf(shown: string | undefined): Json {
  if (shown === undefined || !/^Automated\b/i.test(shown)) return {};
  return { syncPolicy: { automated: { prune: /\bPrune\b/i.test(shown), selfHeal: /\bSelfHeal\b/i.test(shown) } } };
}

/** `CONDITION  STATUS  MESSAGE  LAST TRANSITION` of `argocd appset get`. */
function statesOf(lines: readonly string[]): Json[] {
  const end = lines.findIndex((line) => line.trim() === '');
  return lines.slice(1, end < 0 ? undefined : end).flatMap((line) => {
    const [type, status, message = ''] = line.trim().split(/\s{2,}/);
    return type === undefined || status === undefined ? [] : [{ type, status, message }];
  });
}

function conditionsOf(lines: readonly string[]): Json[] {
  const found: Json[] = [];
  for (const line of lines) {
    if (line.trim() === '') break;
    const [type, ...rest] = line.trim().split(/\s{2,}/);
    if (type !== undefined && /^[A-Z][A-Za-z]+$/.test(type)) found.push({ type, message: rest[0] ?? '' });
  }
  return found;
}

/** `argocd app list`: one Application a row. `argocd app resources`: rows without an Application, as `resources`. */
function parseArgoTable(lines: readonly string[]): { apps: Json[]; resources: Json[] } {
  const header = lines[0] ?? '';
  if (!isTableHeader(header)) return { apps: [], resources: [] };
  if (/^GROUP\s+KIND/.test(header)) return { apps: [], resources: resourceRows(lines) };
  if (!/SYNCPOLICY|CLUSTER\s+NAMESPACE\s+PROJECT/.test(header)) return { apps: [], resources: [] };
  const apps = parseTable(lines).map(({ cells }) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: namespaced(cells.NAME ?? ''),
    spec: { project: cells.PROJECT, source: { repoURL: cells.REPO, path: cells.PATH, targetRevision: cells.TARGET } },
    status: {
      sync: { status: cells.STATUS },
      health: { status: cells.HEALTH },
      conditions: (cells.CONDITIONS ?? '')
        .split(',')
        .filter((type) => type !== '' && type !== '<none>')
        .map((type) => ({ type })),
    },
  }));
  return { apps, resources: [] };
}

/** The objects that `argocd app diff` names: `===== apps/Deployment shop/api ======`. */
export function parseDiffHeader(line: string): Json | undefined {
  const match = /^=+ (\S*)\/(\S+) (\S*)\/(\S+) =+$/.exec(line);
  if (match === null) return undefined;
  return { group: match[1], kind: kindOf(match[2] ?? '') ?? match[2], namespace: match[3], name: match[4] };
}

/** An object that a command of `argocd` shows: whole, or in a row or heading, whose line is `index` where it is one of many. */
interface Shown {
  readonly object: Json;
  readonly partial: boolean;
  readonly index?: number;
}

/** All objects that the output of an `argocd` command shows. */
export function argoObjects(lines: readonly string[], command?: string): Shown[] {
  const app = parseArgoApp(withAppName(lines, command));
  const { apps, resources } = parseArgoTable(lines);
  const members = resources.map(({ kind, name, namespace }) => ({
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
  }));
  const headings = lines.flatMap((line, index): Shown[] => {
    const header = parseDiffHeader(line);
    if (header === undefined) return [];
    const { kind, name, namespace } = header;
    return [{ object: { kind, metadata: { name, namespace } }, partial: true, index }];
  });
  return [
    ...(app === undefined ? [] : [{ object: app, partial: false }]),
    ...[...apps, ...members].map((object) => ({ object, partial: true })),
    ...headings,
  ];
}
