import { isObject, type Json, strings } from '../json.ts';
import { kindOf } from './kinds.ts';
import { plainCommand } from './prompt.ts';

/** Stands for the command of what was read up somewhere: a runbook, a page of documentation. */
export const READ_UP = 'man';

/** A call of an agent's tool, as a recorder names it. */
export interface ToolCall {
  readonly tool: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `GetErrorLogs`, `getErrorLogs`, `mcp.get-error-logs`: the words of a tool's name, joined by `_`. */
function wordsOf(tool: string): string {
  return tool
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}

const first = (params: ToolCall['params'], ...names: readonly string[]) =>
  names.map((name) => params[name]).find((value) => value !== undefined && value !== '');

/** The kind that a tool's name ends with (`list_config_maps`, `read_namespaced_pod`, `k8s_get_nodes`), else one of its words (`describe_node`). Words that others use, too (`service`, `app`, `namespace`), say nothing alone. */
function kindInName(tool: string): string | undefined {
  // A prefix of its own stands for the verb, or before it (`cluster_services`, `k8s_list_services`).
  const plain = /^(?:cluster|k8s|kube|kubernetes)_([a-z]+)$/.exec(tool)?.[1];
  if (plain !== undefined && kindOf(plain) !== undefined) return plain;
  const things = /(?:^|_)(?:get|list|read|fetch|show|describe)_(?:all_)?(?:namespaced_)?([a-z_]+?)(?:_status)?$/.exec(
    tool,
  )?.[1];
  const whole = things?.replaceAll('_', '');
  if (whole !== undefined && kindOf(whole) !== undefined) return whole;
  return tool.split('_').findLast((word) => {
    const kind = word.length < 3 ? undefined : kindOf(word);
    return kind !== undefined && !/^(?:Namespace|Event|Service|Application)$/.test(kind);
  });
}

/** Under what names a call names one object. */
const NAMED = ['name', 'podname', 'resourcename', 'objectname', 'pod'];
/** What is searched for by a key is the pod itself where the call says that it searches for one, or where it is called as ReplicaSets call theirs. */
function podSought(params: ToolCall['params']): string | undefined {
  const key = first(params, 'searchkey', 'search', 'keyword', 'filter', 'instance', 'resourcekey');
  const ofPod = /^pods?$/i.test(first(params, 'resourcetype', 'kind', 'type') ?? '');
  return key !== undefined && (ofPod ? /^[a-z0-9][a-z0-9.-]*$/ : GENERATED).test(key) ? key : undefined;
}
const GENERATED = /^[a-z0-9][a-z0-9-]*-[bcdf-hj-np-tv-xz2456789]{5,10}-[bcdf-hj-np-tv-xz2456789]{5}$/;

/** Whether a parameter holds kinds: one, or several behind commas. */
const areKinds = (kind: string) => kind.split(',').every((one) => kindOf(one) !== undefined);

/** Parameters under the names that recorders and servers give them, without capitals and `_`. */
function read(tool: string, given: ToolCall['params']) {
  const params = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key.toLowerCase().replaceAll(/[_-]/g, ''), value]),
  );
  const [slashKind, slashName] = (first(params, 'resource', 'workload', 'target') ?? '').split('/', 2);
  const said =
    first(params, 'kind', 'resourcetype', 'resourcekind', 'objecttype', 'type') ??
    (kindOf(slashKind ?? '') === undefined ? undefined : slashKind);
  return {
    params,
    kind: said ?? kindInName(tool) ?? '',
    name: first(params, ...NAMED, 'appname') ?? slashName ?? '',
    program:
      first(params, 'service', 'servicename', 'app', 'appname', 'deployment', 'deploymentname', 'workload') ?? '',
    namespace: first(params, 'namespace', 'ns'),
    slashed: slashName === undefined ? undefined : `${slashKind}/${slashName}`,
  };
}

/** A tool's name that says that it lists or gets objects, or is nothing but what they are called (`k8s_pods`). */
const LISTS =
  /^(?:\w+_)?(?:get|list|fetch|show|read|query|resources?|objects?)|^(?:(?:kubectl|k8s|kube|kubernetes|k|oc)_)?[a-z]+s(?:_(?:list|get))?$/;

/**
 * The command line that says the same as a call of a tool, '' where none does. It is told by the words of the tool's name (`log`, `describe`,
 * `yaml` …) and by its parameters.
 */
export function commandOfTool({ tool: named, params: given }: ToolCall): string {
  const tool = wordsOf(named);
  const { params, kind, name, program, namespace: within, slashed } = read(tool, given);
  const node = /^[\w.-]+$/.exec(first(params, 'node', 'nodename') ?? '')?.[0];
  const at = node === undefined ? '' : `ssh ${node} `;
  // A shell's tool is called with the command itself.
  const args = /^(?:\w+_)?(kubectl|oc|helm|argocd|flux)$/.exec(tool)?.[1];
  const told = args === undefined ? undefined : first(params, 'args', 'arguments', 'subcommand', 'command');
  const behind = told === undefined || plainCommand(told) !== undefined ? undefined : `${args} ${told}`;
  const store = ofStore(tool, params, name);
  if (store !== undefined) return store;
  for (const said of [params.command, params.cmd, params.shell, params.input, params.code, params.script, behind]) {
    const shell = said === undefined ? undefined : plainCommand(said);
    if (shell !== undefined) return /^(?:kubectl|ssh)\b/.test(shell) ? shell : `${at}${shell}`;
  }
  const namespace = within === undefined ? '' : ` -n ${within}`;
  const engine = ofEngine(tool, params, name);
  if (engine !== undefined) return engine;
  if (/(?:^|_)logs?(?:_|$)|loki/.test(tool)) {
    const query = first(params, 'query', 'logql', 'expr') ?? '';
    const target = first(params, ...NAMED) ?? slashed ?? podSought(params);
    if (target === undefined && query.includes('{')) return `logcli query '${query.replaceAll("'", '"')}'`;
    const of = target ?? (program === '' ? '' : `-l app=${program}`);
    const container = /^[a-z0-9][a-z0-9-]*$/.exec(params.container ?? params.containername ?? '')?.[0];
    return `kubectl logs ${of}${namespace}${container === undefined ? '' : ` -c ${container}`}${/previous/.test(tool) || params.previous === 'true' ? ' --previous' : ''}`;
  }
  // What a cloud's own client describes and lists is nothing of Kubernetes.
  if (/^(?:aws|gcloud|gcp|az|azure)_/.test(tool)) return '';
  // Who applies may be told why the server refuses it.
  if (/(?:^|_)apply(?:_|$)/.test(tool))
    return `kubectl apply -f ${first(params, 'path', 'file', 'filename', 'manifest') ?? '-'}${namespace}`;
  if (/describe/.test(tool)) return `kubectl describe ${kind} ${name}${namespace}`;
  if (/yaml|manifest/.test(tool)) return `kubectl get ${kind} ${name}${namespace} -o yaml`;
  if (/event/.test(tool)) {
    const of = kindOf(kind) ?? (first(params, 'pod', 'podname') === undefined ? undefined : 'Pod');
    const about = of === undefined || of === 'Event' || name === '' ? undefined : ` --for ${of}/${name}`;
    return about === undefined ? `kubectl get events${namespace}` : `kubectl events${about}${namespace}`;
  }
  // Tools that are called after a program and what it is told.
  const [, cli, verb = ''] = /^(flux|helm)_(\w+)$/.exec(tool) ?? [];
  if (cli !== undefined) {
    const release = first(params, 'release', 'releasename', 'name') ?? '';
    return (
      `${cli} ${verb.replaceAll('_', ' ')} ${params.kind ?? ''} ${release}`.trim().replaceAll(/ +/g, ' ') + namespace
    );
  }
  if (/lineage/.test(tool)) return `kube-lineage ${kind} ${name}${namespace}`;
  // What was asked of Prometheus says what the numbers mean.
  const expression = first(params, 'query', 'expr', 'promql');
  if (/prom(?:etheus|ql)/.test(tool) && expression !== undefined)
    return `promtool query instant '${expression.replaceAll(/\s+/g, ' ')}'`;
  // What a handbook or a web page says of failures in general is no log of one.
  if (/runbook|playbook|webpage|web_(?:search|fetch)|knowledge|documentation|read_doc/.test(tool)) return READ_UP;
  // The tools of Kubernetes' server of the Model Context Protocol: `pods_list_in_namespace`, `resources_get`.
  const [, things, way] = /^(pods|resources)_(list|get)(?:_in_namespace)?$/.exec(tool) ?? [];
  if (things !== undefined) {
    const what = things === 'pods' ? 'pod' : kind;
    if (way === 'get') return `kubectl get ${what} ${name}${namespace} -o yaml`;
    return `kubectl get ${what}${namespace === '' ? ' -A' : namespace} -o wide --show-labels`;
  }
  if (/^argocd_app/.test(tool)) return `argocd app ${tool.slice('argocd_app_'.length)} ${params.appname ?? ''}`.trim();
  const url = /^https?:\/\/[^\s'"]+$/.exec(first(params, 'url', 'endpoint') ?? '')?.[0];
  if (url !== undefined && /http|curl|url|(?:^|_)(?:get|probe|check)(?:_|$)/.test(tool)) return `curl ${url}`;
  if (/connect|reachab|(?:^|_)(?:ping|probe)(?:_|$)|port_check|(?:^|_)net(?:work)?_check/.test(tool))
    return checkOf(params, namespace, /(?:^|_)ping(?:_|$)/.test(tool));
  const looked = first(params, 'name', 'host', 'hostname', 'domain');
  if (/(?:^|_)dns(?:_|$)|nslookup|(?:^|_)(?:resolve|lookup)(?:_|$)/.test(tool) && /^[\w.-]+$/.test(looked ?? ''))
    return `nslookup ${looked}`;
  if (/(?:^|_)top(?:_|$)/.test(tool))
    return `kubectl top ${/node/.test(`${tool} ${kind}`) ? 'node' : `pod${namespace}`}`;
  const unit = first(params, 'unit', 'service', 'servicename', 'component');
  if (/node/.test(tool) && /service|unit|systemd|kubelet/.test(tool))
    return `${at}systemctl status ${unit ?? 'kubelet'}`;
  if (/namespace(?!d)/.test(tool) && kind !== '') return `kubectl get ${kind}${namespace} -o wide --show-labels`;
  if (/get_by_name/.test(tool)) return `kubectl get ${kind} ${name}${namespace} -o wide --show-labels`;
  const sought = /^[\w.-]+$/.exec(first(params, 'keyword', 'pattern') ?? '')?.[0];
  if (/find/.test(tool) || (/cluster/.test(tool) && kind !== ''))
    return `kubectl get ${kind}${namespace === '' ? ' -A' : namespace} -o wide --show-labels${sought === undefined ? '' : ` | grep ${sought}`}`;
  if (kind === '' && /(?:^|_)workloads?$/.test(tool) && (LISTS.test(tool) || /^cluster_/.test(tool)))
    return `kubectl get deployments,statefulsets,daemonsets${namespace === '' ? ' -A' : namespace}`;
  if (kind !== '' && areKinds(kind) && LISTS.test(tool)) {
    const label = first(params, 'selector', 'labelselector', 'labels', 'label', 'l');
    const selected = label !== undefined && /^[^\s'"]*[=!][^\s'"]*$/.test(label) ? ` -l ${label}` : '';
    return `kubectl get ${kind} ${name}${namespace === '' && name === '' ? ' -A' : namespace}${selected}`;
  }
  return '';
}

/** What a tool that is called after the client of a store asks of it, where it says which one: `redis_cli(host=cache-0, command=INFO memory)`. */
function ofStore(tool: string, params: ToolCall['params'], name: string): string | undefined {
  const [, cli] = /^(?:mcp_)?(redis|valkey|keydb)(?:_\w+)?$/.exec(tool) ?? [];
  const host = /^[\w.-]+/.exec(
    first(params, 'host', 'hostname', 'address', 'instance', 'server', 'target') ?? name,
  )?.[0];
  if (cli === undefined || host === undefined || host === '') return undefined;
  const asked = first(params, 'command', 'cmd', 'query') ?? `INFO ${params.section ?? ''}`;
  return `${cli}-cli -h ${host} ${asked.replace(/^(?:redis|valkey|keydb)-cli\s+/, '')}`.trim();
}

/** What a tool that is called after an engine of containers runs (`docker_logs`, `podman_ps`), or undefined. */
function ofEngine(tool: string, params: ToolCall['params'], name: string): string | undefined {
  const [, cli, verb] = /^(docker|podman|nerdctl)_(?:container_)?(logs|ps|inspect)$/.exec(tool) ?? [];
  if (cli === undefined || verb === undefined) return undefined;
  if (verb === 'ps') return `${cli} ps -a`;
  const container = name || (first(params, 'container', 'containername', 'containerid', 'id') ?? '');
  return `${cli} ${verb} ${container}`.trim();
}

/** A connection that a tool tried: `nc`, where it says to which host and port. */
function checkOf(params: ToolCall['params'], namespace: string, ping: boolean): string {
  const from = first(params, 'from', 'source', 'src', 'client', 'frompod', 'sourcepod');
  const [host, port] = (
    first(params, 'host', 'to', 'target', 'service', 'destination', 'dest', 'dst', 'address') ?? ''
  ).split(':');
  if (host === undefined || host === '') return '';
  const asked = first(params, 'port', 'targetport') ?? port;
  const check = ping && asked === undefined ? `ping ${host}` : `nc -zv ${host} ${asked ?? ''}`.trim();
  return from !== undefined && /^[a-z0-9][a-z0-9.-]*$/.test(from)
    ? `kubectl exec ${from}${namespace} -- ${check}`
    : check;
}

const VERBS =
  'get|list|describe|check|fetch|read|show|query|find|search|run|exec|test|inspect|tail|kubectl|pods|resources|logs|events|argocd|prometheus|loki|execute';
/** `GetResources(kind="pods")`, `get_logs {"pod": …}`, `[3] Tool: describe_resource: {…}`. */
const CALLED = new RegExp(
  String.raw`^(?:[#>*-]{1,4} ?)?(?:\[?\d{1,4}[\].)] ?)?(?:(?:tool|call|calling|action|function)(?: call)?:? +)?\x60?((?:${VERBS})(?=[A-Z_-]|\()[\w.-]{0,60})\x60?[:,]? ?(?:(?:with )?(?:arguments|args|params|input)[:=]? ?)?(?:\((.*)\)|(\{.*\}))\x60?:?$`,
  'i',
);
/** `summarize_errors(service="web", minutes="10")`: any name in several words, where all of the line is a call with values in quotes. */
const PLAIN_CALL = /^([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\(((?:[A-Za-z_]\w{0,40}=(?:"[^"]*"|'[^']*')(?:,\s*|(?=\))))+)\)$/;
/** `[TOOL] top_pods {"namespace": "shop"}`: any name, where the line says that it is a call. */
const MARKED =
  /^(?:[#>*-]{1,4} ?)?(?:\[(?:TOOL|CALL|ACTION)(?: CALL)?\]:?|(?:TOOL|CALL|ACTION)(?: CALL)?:) ?\x60?([A-Za-z]\w{1,60})\x60?[:,]? ?(?:\((.*)\)|(\{.*\}))\x60?$/i;
/** `kubectl_logs pod=web-0 namespace=shop`: the name of a program or of what fetches, and fields, above all that was printed. */
const DASHED =
  /^(?:[#>*$]{1,4} )?((?:kubectl|k8s|kube|kubernetes|helm|argocd|flux|docker|podman|aws|gcloud|az|prometheus|promql|loki|grafana|alertmanager|redis|postgres|mysql|fetch|describe)_[a-z0-9]+(?:_[a-z0-9]+)*)(\s+[A-Za-z_]\w{0,40}=\S.*)$/;

/** The fields of such a line; a value goes on to the next name. */
function spacedPairs(line: string): ToolCall | undefined {
  const [, tool, rest] = DASHED.exec(line) ?? [];
  if (tool === undefined || rest === undefined) return undefined;
  const pairs = rest
    .trim()
    .split(/\s+(?=[A-Za-z_]\w{0,40}=)/)
    .map((part) => part.split(/=(.*)/s, 2));
  return { tool, params: Object.fromEntries(pairs.map(([name = '', value = '']) => [name, unquoted(value)])) };
}

/** `tool=top_pods args={"namespace": "shop"}`: fields that say which is which, and nothing else on the line. */
const FIELDS =
  /^(?:tool|tool_name|function|name)[=:] ?["'\x60]?([A-Za-z]\w{1,60})["'\x60]?[,;|]? ?(?:args|arguments|params|parameters|input)[=:] ?()(\{.*\})$/i;
/** A query of Loki or Prometheus without quotes around it: its commas stand within brackets. */
const QUERY = String.raw`(?<=(?:query|expr|expression|logql|promql)\s*[=:]\s*)(?:[^,(){}"']|\{[^{}]*\}|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|"(?:[^"\\]|\\.)*")+?`;
/** A command without quotes around it: up to the next argument. */
const COMMAND = String.raw`(?<=(?:command|cmd|shell)\s*=\s*)[a-z][^\n]*?(?=,\s*[A-Za-z_]\w{0,40}\s*=|$)`;
const PAIR = new RegExp(
  String.raw`\s*([A-Za-z_]\w{0,40})\s*[=:]\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,()"'{}\s]+|${QUERY}|${COMMAND})\s*(?:,|$)`,
  'y',
);

function unquoted(value: string): string {
  if (!/^["']/.test(value)) return value;
  return value.slice(1, -1).replaceAll(/\\(["'\\])/g, '$1');
}

/** Arguments as a call in a program's text has them: `kind="pods", lines=40`. Undefined where they are anything else. */
function pairs(source: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < source.trimEnd().length) {
    const match = PAIR.exec(source);
    if (match === null) return undefined;
    const value = match[2] ?? '';
    found[match[1] ?? ''] = unquoted(value);
  }
  return found;
}

/** The same of a call above all else, whose values may be sentences of SQL without quotes around them: a value ends before the next name. */
function loosePairs(tool: string, source: string): Record<string, string> | undefined {
  if (!/^[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)+$/.test(tool)) return undefined;
  const parts = source
    .split(/,\s*(?=[A-Za-z_]\w{0,40}=)/)
    .map((part) => /^\s*([A-Za-z_]\w{0,40})=([\s\S]*)$/.exec(part));
  if (parts.includes(null)) return undefined;
  return Object.fromEntries(parts.map((part) => [part?.[1] ?? '', unquoted((part?.[2] ?? '').trim())]));
}

/** The JSON object that a text is, or undefined. */
export function jsonObject(source: string): Json | undefined {
  if (!/^\s*\{/.test(source)) return undefined;
  try {
    const value: unknown = JSON.parse(source);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The same with any name, above all that was printed: nothing else begins with a call all of whose arguments are named, or with one behind a mark. */
const CALLED_FIRST = /^(?:[#>*$]{1,4} ?)?\x60?([A-Za-z][\w.-]{1,60})\x60?\((\s*[A-Za-z_]\w{0,40}\s*[=:].*)\)\x60?:?$/;
const MARKED_FIRST = /^(?:[#>*$]{1,4} )([A-Za-z][\w.-]{1,60})\((\s*)\)$/;
/** `>>> net.check(src='web', dst='db')`: behind the prompt of Python. */
const TYPED = /^>>> ([A-Za-z][\w.]{1,60})\((|\s*[A-Za-z_]\w{0,40}\s*=.*)\)$/;

/** The call that a line names before the tool's output, or undefined for any other line. `first`: nothing stands above it. */
export function calledTool(line: string, first = false): ToolCall | undefined {
  const spaced = first && line.length <= 2000 ? spacedPairs(line.trimEnd()) : undefined;
  if (spaced !== undefined) return spaced;
  if (line.length > 2000 || !/[)}]\x60?:?\s*$/.test(line)) return undefined;
  const [, tool, inner, object] =
    [CALLED, PLAIN_CALL, MARKED, TYPED, FIELDS, ...(first ? [CALLED_FIRST, MARKED_FIRST] : [])]
      .map((shape) => shape.exec(line.trimEnd()))
      .find((match) => match !== null) ?? [];
  if (tool === undefined) return undefined;
  const json = jsonObject(inner || object || '');
  const given = inner ?? '';
  const named = object === undefined ? (pairs(given) ?? (first ? loosePairs(tool, given) : undefined)) : undefined;
  const params = json === undefined ? named : strings(json);
  return params === undefined ? undefined : { tool, params };
}
