import { isClusterScoped } from '../kubernetes/cluster-wide.ts';
import { readCommand } from './command.ts';

/** A command of a session with what it printed. `from` is the 1-based line of `lines[0]`. */
interface Called {
  readonly command?: string;
  readonly from: number;
  readonly lines: readonly string[];
}

/** What a command chooses for those after it: a context of the kubeconfig, the namespace of one (of the current one, unless it says which). */
interface Choice {
  readonly context?: string | undefined;
  /** The context whose namespace is set, where that is not the current one. */
  readonly of?: string | undefined;
  readonly namespace?: string | undefined;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
/** What kubens, and `oc project` (alone, or with a name) and `oc login`, say of the namespace that holds from there on. */
const TOLD = /^(?:Active namespace is "([^"]+)"|(?:Now u|Already u|U)sing project "([^"]+)")/m;
/** A flag of `kubectl config view` or the member that it shows. */
const SHOWN = /^\s*(?:namespace:\s*)?([a-z0-9-]+)\s*$/;

/** Commands that may change the session. */
const CHOOSES = /\b(?:kubens|kubectx|kubie|ns|ctx|project|new-project|login|config)\b/;

/** What a command that only changes the session chooses, by what it printed; undefined for any other. */
function choiceOf(command: string, printed: readonly string[]): Choice | undefined {
  if (!CHOOSES.test(command)) return undefined;
  const output = printed.join('\n');
  const words = command.split(/\s+/).filter((word) => word !== '');
  const flag = (name: string) => {
    const at = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
    return at < 0 ? undefined : (words[at]?.split('=')[1] ?? words[at + 1]);
  };
  const plain = words.filter(
    (word, index) => (word === '-' || !word.startsWith('-')) && !/^(?:-n|--namespace)$/.test(words[index - 1] ?? ''),
  );
  const [called, verb, what, which] = plain;
  const tool = called === 'k' ? 'kubectl' : called;
  const told = TOLD.exec(output)?.slice(1).find(Boolean);
  if (tool === 'kubens' || (tool === 'kubectl' && verb === 'ns') || (tool === 'kubie' && verb === 'ns'))
    return { namespace: told ?? (tool === 'kubens' ? verb : what) };
  if (tool === 'kubectx' || (/^(?:kubectl|kubie)$/.test(tool ?? '') && verb === 'ctx'))
    return { context: tool === 'kubectx' ? verb : what, namespace: flag('-n') ?? flag('--namespace') };
  if (tool === 'oc' && /^(?:project|new-project|login)$/.test(verb ?? ''))
    return { namespace: told ?? (verb === 'login' ? undefined : what) };
  if ((tool !== 'kubectl' && tool !== 'oc') || verb !== 'config') return undefined;
  if (what === 'use-context') return { context: which };
  if (what === 'set-context')
    return { of: words.includes('--current') ? undefined : which, namespace: flag('--namespace') };
  if (what === 'view' && words.includes('--minify') && /\bnamespace\b/.test(command))
    return { namespace: SHOWN.exec(output.trim())?.[1] };
  return undefined;
}

/** A prompt with the cluster's context and the current namespace, as kube-ps1 writes it: `(⎈|prod:shop)`. */
const IN_PROMPT = /^.{0,80}?\([^\w\s()]{1,3} ?\|[^()\s]{1,120}:([a-z0-9-]+)\)/;

/** Verbs of kubectl that ask for, or look into, what is in a namespace. */
const LOOKS = /^(?:get|describe|logs|exec|top|events|rollout|scale|wait|debug|attach|cp)$/;
/** Verbs that go on with a verb of their own. */
const OF_TWO = /^(?:rollout|top)$/;
/** A choice that stands before a command in its line, and of which the command as it is called plainly knows nothing. */
const FIRST = /(?<![\w-])(kube(?:ns|ctx)\s+\S+?)\s*(?:&&|;)\s*(?=\S)/g;

/** A command with the namespace that holds for it, where it asks for something of a namespace and does not say of which. */
function inNamespace(command: string, namespace: string): string {
  const { tool, verb, kind, allNamespaces, cluster } = readCommand(command);
  if (tool !== 'kubectl' || !LOOKS.test(verb) || allNamespaces || cluster !== undefined) return command;
  // What stands behind a pipe, or is run in a container, has flags of its own.
  const [own = ''] = command.split(/\s(?:\||--)\s/);
  if (/\s(?:-n|--namespace|--raw)(?:[\s=]|$)/.test(own)) return command;
  if (kind !== undefined && isClusterScoped(kind)) return command;
  // Flags may stand before the verb.
  const head = new RegExp(`^\\S+\\s(?:.*?\\s)??${verb}${OF_TWO.test(verb) ? '\\s+\\S+' : ''}(?=\\s|$)`).exec(
    command,
  )?.[0];
  if (head === undefined || /\stop\s+no(?:de)?s?$/.test(head)) return command;
  return `${head} -n ${namespace}${command.slice(head.length)}`;
}

/** What a command prints that chose nothing. */
const ERROR = /^(?:error|Error)\b/;

/**
 * Commands of one session, each with the namespace that holds where it stands: what `kubectl config set-context --current --namespace`,
 * `kubens`, `kubectx`, `oc project` or a prompt that shows it have chosen before. `text` holds the lines of all of it.
 */
export function inCurrentNamespace<T extends Called>(called: readonly T[], text: readonly string[]): T[] {
  const chosen = new Map<string, string>();
  let [context, before] = ['', ''];
  const choose = (choice: Choice): void => {
    if (choice.context !== undefined) [context, before] = [choice.context === '-' ? before : choice.context, context];
    if (choice.namespace !== undefined && NAME.test(choice.namespace))
      chosen.set(choice.of ?? context, choice.namespace);
  };
  return called.map((one) => {
    const { command = '', from, lines } = one;
    if (command === '') return one;
    const choice = choiceOf(command, lines);
    if (choice === undefined) {
      const prompt = text[from - 2] ?? '';
      const firsts = prompt.length > 2000 ? [] : [...prompt.matchAll(FIRST)];
      if (firsts.length > 0 && !lines.some((line) => ERROR.test(line)))
        for (const [, first = ''] of firsts) choose(choiceOf(first, []) ?? {});
      const namespace = IN_PROMPT.exec(prompt)?.[1] ?? chosen.get(context);
      return namespace === undefined ? one : { ...one, command: inNamespace(command, namespace) };
    }
    if (!lines.some((line) => ERROR.test(line))) choose(choice);
    return one;
  });
}
