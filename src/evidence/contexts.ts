/** A context in a prompt, as kube-ps1 shows it: `(⎈|prod-eu:billing)`; and in commands that change it. */
const IN_PROMPT = /\(⎈ ?[|:] ?([\w.@/-]+?)(?::[\w-]+)?\)/u;
const SWITCHES =
  /(?:^|[\s;&])(?:kubectx|kubectl config use-context|k config use-context|oc config use-context)\s+([A-Za-z0-9][\w.@:/-]*)/;
const SWITCHED = /^Switched to context "([^"]+)"\.$/;

const ASKS = /(?:^|&&\s*|;\s*)(kubectl|oc|k)\s+(?!config\b)/;

/** The context that is in effect at each line of a transcript, as far as its prompts and commands say; undefined where there are not two of them. */
export function contextsOf(lines: readonly string[]): readonly (string | undefined)[] | undefined {
  const seen = new Set<string>();
  let now: string | undefined;
  const found = lines.map((line) => {
    if (line.length < 2000 && /⎈|contex?t|kubectx/u.test(line)) {
      now = SWITCHES.exec(line)?.[1] ?? IN_PROMPT.exec(line)?.[1] ?? SWITCHED.exec(line)?.[1] ?? now;
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
