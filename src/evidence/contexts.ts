/** A context in a prompt, as kube-ps1 shows it: `(⎈|prod-eu:billing)`; and in commands that change it (at a prompt, alone in a line: prose names them, too). */
const IN_PROMPT = /\(⎈ ?[|:] ?([\w.@:/-]+?)(?::[a-z0-9-]+)?\)/u;
const SWITCHES =
  /(?:^\W*|^[❯➜]\s+\S+\s+|[$#%❯➜>]\s+|(?:&&|;)\s*|^(?:command|cmd|running|executing|ran|input):\s*\W?)(?:kubectx|(?:kubectl|k|oc) config use-context)\s+(-(?!\S)|[A-Za-z0-9][\w.@:/-]*)(?=\s*(?:$|&&|;|#|\||[^\w\s]+$))/i;
/** What is printed where there is no such context. */
const REFUSED = /^\s*error:/i;
const SWITCHED = /^Switched to context "([^"]+)"\.$/;

const ASKS = /(?:^|&&\s*|;\s*)(kubectl|oc|k)\s+(?!config\b)/;

/** The context that is in effect at each line of a transcript, as far as its prompts and commands say; undefined where there are not two of them. */
export function contextsOf(lines: readonly string[]): readonly (string | undefined)[] | undefined {
  const seen = new Set<string>();
  let now: string | undefined;
  let before: string | undefined;
  const found = lines.map((line, at) => {
    if (line.length < 2000 && /⎈|contex?t|kubectx/u.test(line)) {
      const chosen = REFUSED.test(lines[at + 1] ?? '') ? undefined : SWITCHES.exec(line)?.[1];
      const next = (chosen === '-' ? before : chosen) ?? IN_PROMPT.exec(line)?.[1] ?? SWITCHED.exec(line)?.[1];
      if (next !== undefined && next !== now) [now, before] = [next, now];
      if (now !== undefined) seen.add(now);
    }
    return now;
  });
  return seen.size > 1 ? found : undefined;
}

/** A command of kubectl with the context in which it was called, where it names none itself. */
export function inContext(command: string, context: string | undefined): string {
  const asks = ASKS.exec(command);
  if (context === undefined || asks === null || /\s--(?:context|kubeconfig|cluster|server)\b/.test(command))
    return command;
  return `kubectl --context ${context} ${command.slice(asks.index + asks[0].length)}`;
}
