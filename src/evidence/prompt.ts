const TOOLS =
  'kubectl|oc|k|kube-lineage|argocd|helm|docker|docker-compose|podman|podman-compose|nerdctl|crictl|ctr|nix|terraform|tofu|curl|wget|nc|nslookup|dig|ping|systemctl|journalctl|logcli|cat|flux|tkn|crossplane|pulumi|terragrunt|gh|glab|stern|openssl|git|promtool|amtool|istioctl|linkerd|cilium|calicoctl|etcdctl|psql|mongosh|redis-cli|rabbitmqctl|velero|kustomize|skopeo|grpcurl|dmesg|netstat|aws|gcloud|az|eksctl|mysql|kubens|kubectx|kubie|argo(?= (?:get|list|logs|submit|watch|retry|node)\\b)|kubeadm|helmfile|ansible-playbook|rabbitmq-diagnostics|kafka-consumer-groups(?:\\.sh)?|valkey-cli|ceph|rpk';
/** Programs that run kubectl, or stand in for it. */
const KUBECTLS = String.raw`(?:microk8s|minikube|k3s|k0s|rke2)\s+kubectl(?:\s+--)?|microk8s\.kubectl|kubecolor`;
/** What people put before a command: variables, another place or context, another user, a clock, a path. */
const BEFORE = String.raw`(?:[A-Za-z_]\w*=\S*\s+|(?:cd|kubectx|kubens|export)\s+\S+\s*(?:&&|;)\s*|(?:sudo|time|watch|env|command)\s+(?:-[a-zA-Z]+(?:\s?\d+(?:\.\d+)?)?\s+|-u\s?\S+\s+|--\s+)*)*`;
const START = new RegExp(String.raw`^${BEFORE}(?:[\w.~/\\:-]*[/\\])?(?:(${KUBECTLS})|(${TOOLS})(?:\.exe)?)(?=\s)`);
const QUICK = new RegExp(String.raw`\b(?:${TOOLS}|kubecolor)(?:\.exe)?\s`);

const COMMAND = '([^`]*?)';
/** A shell, its host and directory: a name, with what a virtual environment, a cluster's context or a clock puts in brackets before it. */
const SHELL = String.raw`(?:(?:\[[^\]]{1,80}\]|\([^)]{1,80}\)) ?){0,3}\S{0,160}`;
/** How a line says that what follows is the output of a command. */
const INTRODUCTIONS = [
  // Prompts: `$ `, `me@host:~$ `, `me@host:~/x (main) $ `, `[root@host ~]# `, `[08:31:02] $ `, `(venv) me@host ~/x % `
  String.raw`^${SHELL}(?: \([^)]{1,80}\)| [~/.\w-]{1,100})? ?[$#❯➜%λ»]\s+(.*)$`,
  // `➜  ~ `, `➜  shop git:(main) ✗ `
  String.raw`^[❯➜]\s+\S{1,100}(?: \w{1,10}:\([^)]{1,100}\))?(?: [^\w\s])?\s+${COMMAND}$`,
  // `PS C:\Users\me> `, `C:\>`, and fish: `me@host ~/x> `
  String.raw`^(?:PS [^>]{1,200}>\s|[A-Z]:\\[^>]{0,200}>|\S{1,80}@\S{1,80} \S{1,100}>\s)\s*${COMMAND}$`,
  // `> ` and `+ ` (of `set -x`), of what looks at clusters: package managers and builds print them, too
  String.raw`^(?:>|\++) ((?:kubectl|oc|argocd|flux|aws (?:sts|eks|ecr|iam|ec2|rds)|gcloud|az|eksctl|istioctl|velero) .*)$`,
  // Headings: `=== kubectl get pods ===`, `--- … ---`, `### 2. …`, `**…**`
  String.raw`^(?:={2,}|-{2,}|#{1,6}|\*{2,})\s*(?:\d{1,3}[.)]\s+)?\x60?${COMMAND}\x60?:? ?(?:={2,}|-{2,}|\*{2,}|#{2,})?:?$`,
  // `Command: kubectl get pods`, or the command alone between backticks
  String.raw`^(?:(?:command|cmd|running|executing|ran|input):\s*\x60?|\x60)${COMMAND}\x60?:?$`,
  // The summary of what GitHub shows folded up
  String.raw`^(?:<details>\s*)?<summary>\s*(?:<(?:code|b|strong)>)?${COMMAND}(?:</(?:code|b|strong)>)?\s*</summary>$`,
  // `[execute_command for 'kubectl get pods'] Result:`
  String.raw`^\[\w{1,40} for '${COMMAND}'\] Result:$`,
  // A step of GitHub Actions
  String.raw`^##\[group\]Run ${COMMAND}$`,
  // `exec_shell("kubectl get pods")`
  String.raw`^(?:action:\s*)?\w{1,40}\(["']${COMMAND}["']\)$`,
].map((form) => new RegExp(form, 'i'));

/**
 * A command line as its program would have been called plainly: without variables, `sudo` or a path before it, and `kubectl` for
 * what stands in for it (`microk8s kubectl`, `kubecolor` …). Undefined for a line that begins with no program that evidence comes from.
 */
export function plainCommand(said: string): string | undefined {
  const start = START.exec(said);
  if (start === null) return undefined;
  return `${start[1] === undefined ? start[2] : 'kubectl'}${said.slice(start[0].length)}`;
}

/** The command that a line introduces (`$ kubectl get pods`, `=== kubectl get pods ===` …) in its plain form, or `undefined`. */
export function promptCommand(line: string): string | undefined {
  if (line.length > 2000 || !/^[^\w\s]|[$#❯➜%λ»>]|^(?:\w+: |\w+\()/.test(line) || !QUICK.test(line)) return undefined;
  for (const form of INTRODUCTIONS) {
    const said = form.exec(line.trimEnd())?.[1]?.trim();
    const command = said === undefined ? undefined : plainCommand(said);
    if (command !== undefined) return command;
  }
  return undefined;
}

/** The frame of a view of K9s: its kind, the namespace it shows (or all of them), how many rows, perhaps a filter. */
const VIEW = /^\s*[┌╭][─ ]*([A-Z]\w+)\(([a-z0-9-]+)\)\[\d+\](?: <[^>]*>)?[─ ]*[┐╮]\s*$/;

/** The command that would print what a view of K9s shows below its title. */
export function viewCommand(line: string): string | undefined {
  const [, kind, namespace] = VIEW.exec(line) ?? [];
  if (kind === undefined) return undefined;
  return `kubectl get ${kind.toLowerCase()} ${namespace === 'all' ? '-A' : `-n ${namespace}`}`;
}

/** Prompts that are known without their command: what a shell puts there, of which the directory may change. */
const PROMPTS: readonly RegExp[] = [
  /^(PS) [^>]{1,200}>(?: (.*))?$/,
  /^([A-Z]):\\[^>]{0,200}>(.*)$/,
  /^(?:(?:\([^)]{1,80}\)|\[\d\d:\d\d(?::\d\d)?\]) ){0,2}(\[?[\w.-]{1,80}@[\w.-]{1,80})(?:[:\] ][^$#%>]{0,200})?[$#%>](?:\s+(.*))?$/,
  /^([$❯λ»])(?: +(.*))?$/,
  // Of zsh, with a directory, perhaps a branch and whether it is clean.
  /^(➜) +\S{1,100}(?: \w{1,10}:\([^)]{1,100}\))?(?: [^\w\s])?(?: +(.*))?$/,
];

/**
 * The shell of a line that begins with a prompt (`me@host`, `PS`, `$` …), and the command behind it, '' for none. Whatever the
 * command is: a line of a log may look the same, so the shell must be known from elsewhere in the text.
 */
export function shellLine(line: string): { readonly shell: string; readonly command: string } | undefined {
  if (line.length > 2000 || !/^[[(\w$❯λ»➜]/.test(line)) return undefined;
  for (const form of PROMPTS) {
    const [, shell, command = ''] = form.exec(line.trimEnd()) ?? [];
    if (shell !== undefined) return { shell, command: command.trim() };
  }
  return undefined;
}
