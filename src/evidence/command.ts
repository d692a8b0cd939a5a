import { at, isObject, type Json, strings, text } from '../json.ts';
import { kindAsked, kindOf } from './kinds.ts';
import type { ObjectRef } from './model.ts';
import { plainCommand } from './prompt.ts';
import { ARGUMENTS, argumentsOf, member } from './recorded/envelopes.ts';
import { calledTool, commandOfTool, jsonObject } from './tool-call.ts';

/** What a command line says about its output. */
export interface CommandHints {
  readonly tool: string;
  readonly verb: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly container?: string;
  readonly previous: boolean;
  readonly allNamespaces: boolean;
  /** The cluster that it asks, as far as a flag says (a context, a server, a kubeconfig). */
  readonly cluster?: string;
  readonly output?: string;
  /** Labels that `-L` shows in a column of their own. */
  readonly labelColumns?: readonly string[];
  /** Of which object `kubectl events --for KIND/NAME` shows events. */
  readonly about?: ObjectRef;
}

function flagValue(words: readonly string[], ...names: string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    for (const name of names) {
      if (word === name) return words[index + 1];
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
      if (/^-[a-zA-Z]$/.test(name) && word.startsWith(name) && !word.startsWith('--') && word.length > 2)
        return word.slice(2).replace(/^=/, '');
    }
  }
  return undefined;
}

const WITH_VALUE =
  /^(?:-[nofLclsv]|--(?:namespace|output|filename|label-columns|container|selector|context|cluster|user|as|as-group|as-uid|server|token|kubeconfig|request-timeout|cache-dir|tail|since|since-time|limit-bytes|field-selector|for|sort-by|template|chunk-size|profile))$/;
/** What ends a command on its line: a pipe, a redirection, the next command, a comment. */
const END = /\s(?:[|>]{1,2}|&&|#)\s|\s\d?>{1,2}\s?(?=[&/.\w])|;\s/;

/** What `flux get sources …` calls its sources. */
const SOURCES: Readonly<Record<string, string>> = {
  git: 'GitRepository',
  helm: 'HelmRepository',
  oci: 'OCIRepository',
  chart: 'HelmChart',
  bucket: 'Bucket',
};

/** What the client of Velero calls its kinds. */
const VELERO: Readonly<Record<string, string>> = {
  backup: 'Backup',
  restore: 'Restore',
  schedule: 'Schedule',
  'backup-location': 'BackupStorageLocation',
};

/**
 * The pod of a log that is read on its node, where the kubelet keeps it under `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/N.log` and
 * links it as `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`.
 */
function logOnNode(words: readonly string[]) {
  for (const word of words) {
    const kept = /\/log\/pods\/([a-z0-9-]+)_([a-z0-9.-]+)_[^/\s]+(?:\/([a-z0-9-]+)\/)?/.exec(word);
    const linked = /\/log\/containers\/([a-z0-9.-]+)_([a-z0-9-]+)_([a-z0-9-]+)-[0-9a-f]{64}/.exec(word);
    const [namespace, name, container] =
      kept !== null ? kept.slice(1) : linked !== null ? [linked[2], linked[1], linked[3]] : [];
    if (namespace !== undefined && name !== undefined)
      return { verb: 'logs', kind: 'Pod', name, namespace, ...(container === undefined ? {} : { container }) };
  }
  return undefined;
}

/** Reads a command line. Never throws; a line that is no known command has an empty verb. */
export function readCommand(command: string): CommandHints {
  const line = command.split(END)[0] ?? command;
  const words = line.split(/\s+/).flatMap((word) => (word === '' ? [] : [word.replace(/^(["'])(.*)\1$/, '$2')]));
  const positional: string[] = [];
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? '';
    // `logs -f` follows.
    if (WITH_VALUE.test(word) && !(word === '-f' && positional[0] === 'logs')) index++;
    else if (!word.startsWith('-')) positional.push(word);
  }
  const tool = (words[0] ?? '').replace(/^(k|oc)$/, 'kubectl');
  const previous = words.includes('-p') || words.includes('--previous') || words.includes('--previous=true');
  const cluster = flagValue(words, '--context', '--kube-context', '--kubeconfig', '--cluster', '--server');
  const allNamespaces = words.includes('-A') || words.includes('--all-namespaces');
  const asked = flagValue(words, '-n', '--namespace');
  // A variable of the shell, or a place to fill in, is no name.
  const namespace = asked !== undefined && /^[a-z0-9][a-z0-9.-]*$/.test(asked) ? asked : undefined;
  const output = flagValue(words, '-o', '--output')?.replace(/=(?:'([^']*)'|"([^"]*)")$/, '=$1$2');
  const container = flagValue(words, '-c', '--container');
  const labelColumns = flagValue(words, '-L', '--label-columns')?.split(',');
  const common = {
    tool,
    previous,
    allNamespaces,
    ...(cluster === undefined ? {} : { cluster }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(output === undefined ? {} : { output }),
    ...(labelColumns === undefined ? {} : { labelColumns }),
    ...(container === undefined ? {} : { container }),
  };
  if (tool === 'kube-lineage' || (tool === 'kubectl' && positional[0] === 'lineage'))
    return { ...common, verb: 'lineage' };
  if (tool === 'flux' && positional[0] === 'get') {
    const [, what = '', which = ''] = positional;
    const kind = what.startsWith('source') ? SOURCES[which] : kindOf(what);
    return { ...common, verb: 'get', ...(kind === undefined ? {} : { kind }) };
  }
  // A workflow by its name, or the newest one.
  if (tool === 'argo' && positional[0] === 'get') {
    const called = positional[1]?.startsWith('@') === true ? undefined : positional[1];
    return { ...common, verb: 'describe', kind: 'Workflow', ...(called === undefined ? {} : { name: called }) };
  }
  // `velero backup get`, `velero get backups`
  if (tool === 'velero' && positional.slice(0, 2).includes('get')) {
    const kind = VELERO[(positional.find((word) => word !== 'get') ?? '').replace(/s$/, '')];
    return { ...common, verb: 'get', ...(kind === undefined ? {} : { kind }) };
  }
  const logged = tool === 'kubectl' ? undefined : logOnNode(words);
  if (logged !== undefined) return { ...common, ...logged };
  if (tool !== 'kubectl') return { ...common, verb: positional.slice(0, 2).join(' ') };
  const verb = positional[0] ?? '';
  const what = positional[1] ?? '';
  const [slashKind, slashName] = what.includes('/') ? (what.split('/', 2) as [string, string]) : [what, positional[2]];
  if (verb === 'logs' || verb === 'exec') {
    const kind = what.includes('/') ? kindOf(slashKind) : 'Pod';
    const name = what.includes('/') ? slashName : what;
    return { ...common, verb, kind: kind ?? 'Pod', ...(name ? { name } : {}) };
  }
  if (verb === 'events') {
    const [of = '', name] = (flagValue(words, '--for') ?? '').split('/', 2);
    const about =
      name === undefined
        ? {}
        : { about: { kind: kindOf(of) ?? of, name, ...(namespace === undefined ? {} : { namespace }) } };
    return { ...common, verb: 'get', kind: 'Event', ...about };
  }
  const kind = slashKind === '' || slashKind.includes(',') ? undefined : (kindAsked(slashKind) ?? slashKind);
  return { ...common, verb, ...(kind === undefined ? {} : { kind }), ...(slashName ? { name: slashName } : {}) };
}

/** Where `kubectl exec` (or `debug`) runs a command: a pod, or the workload whose pod kubectl picks; and that command. */
export function execOf(command: string): { readonly target: ObjectRef; readonly inner: string } | undefined {
  const hints = readCommand(command);
  const cut = /\s--\s+/.exec(command);
  if (hints.tool !== 'kubectl' || hints.verb !== 'exec' || hints.kind === undefined || hints.name === undefined)
    return undefined;
  const { kind, name, namespace } = hints;
  return {
    target: { kind, name, ...(namespace === undefined ? {} : { namespace }) },
    inner: cut === null ? command : command.slice(cut.index + cut[0].length),
  };
}

/** Whether a command lists all of a kind: it names none, selects none and nothing is left out after it. */
export function asksForAll(command = ''): boolean {
  return readCommand(command).name === undefined && !/\||\s(?:-l|--(?:field-)?selector)\b/.test(command);
}

const CALL = /"(?:tool_name|schema_version|tool)"/;
/** Nothing but a call is a name and what it was given, and stands above all else. */
const ANY_CALL = /"(?:tool_name|schema_version|tool|name|function|action|function_?call|tool_?call|call)"/i;
const NAMES = /^(?:tool|name|function|action)$/;
/** Under what a call stands that is a member of its own. */
const APART = /^(?:function|function_?call|tool_?call|call)$/i;
const GIVEN = /^(?:arguments|args|params|parameters|inputs?|kwargs)$/;

/**
 * A call of two members alone: `{"tool": "get_pods", "arguments": {…}}`, above all else under other names, too, or within a member of its
 * own, as requests of models have it (`{"function": {"name": "get_pods", "arguments": "{…}"}}`).
 */
function shortCall(header: Json, first: boolean): { tool: unknown; params: Json } | undefined {
  const entries = Object.entries(header);
  const alone = entries.filter(([, value]) => isObject(value));
  const [key, inner] = alone[0] ?? [];
  if (first && alone.length === 1 && isObject(inner) && APART.test(key ?? '')) {
    const params = argumentsOf(member(inner, ARGUMENTS));
    return typeof inner.name === 'string' && params !== undefined ? { tool: inner.name, params } : undefined;
  }
  const [, tool] = entries.find(([key]) => (first ? NAMES.test(key) : key === 'tool')) ?? [];
  const [, params] = entries.find(([key]) => (first ? GIVEN.test(key) : key === 'arguments')) ?? [];
  return entries.length === 2 && isObject(params) ? { tool, params } : undefined;
}

/**
 * Some recorders write one line before a tool's output, in JSON or as a call in a program: the tool's name and parameters, perhaps the
 * command it ran.
 * Returns the command line that says the same, or `undefined` when the line is no such header. `first`: nothing stands above the line.
 */
export function recorderCommand(line: string, first = false): string | undefined {
  const called = calledTool(line, first);
  // What no command says ends the output before it all the same.
  if (called !== undefined) return commandOfTool(called) || called.tool;
  if (!line.startsWith('{') || line.length > 8000 || !(first ? ANY_CALL : CALL).test(line)) return undefined;
  const header = jsonObject(line);
  if (header === undefined) return undefined;
  const invocation = header.invocation;
  if ('schema_version' in header && ('invocation' in header || 'return_code' in header))
    return typeof invocation === 'string'
      ? (plainCommand(invocation) ?? (logOnNode(invocation.split(/\s+/)) === undefined ? '' : invocation))
      : '';
  // Some name it shortly. A log may have such a member among others.
  const short = shortCall(header, first);
  const tool = short?.tool ?? header.tool_name;
  if (typeof tool !== 'string') return undefined;
  const params = strings(short?.params ?? header.match_params ?? header.params ?? header.arguments);
  const said = commandOfTool({ tool, params });
  // An entry of a log may have such members; a call under a name that says nothing is none by them alone.
  return said !== '' || 'tool' in header || 'tool_name' in header ? said || tool : undefined;
}

/** An object of the kind that a command asked for: members of a list of one kind may leave it out, as clients in Python do. */
export function ofKindAsked(object: Json, hints: CommandHints | undefined): Json {
  const kind = hints?.verb === 'get' || hints?.verb === 'describe' ? kindOf(hints.kind ?? '') : undefined;
  if (text(object.kind) !== undefined || kind === undefined || text(at(object, 'metadata', 'name')) === undefined)
    return object;
  return { ...object, kind };
}
