import type { Change } from './case.ts';
import { inColumns, rewrite } from './layout.ts';
import { commands } from './noise.ts';
import type { Random } from './random.ts';
import { texts } from './time.ts';

const form = (name: string, change: (text: string, random: Random, file: string) => string): Change => ({
  name,
  apply: (given, random) => texts(given, (text, file) => change(text, random, file)),
});

const eachLine = (text: string, change: (line: string) => string) =>
  text
    .split('\n')
    .map((line, index, all) => (index === all.length - 1 && line === '' ? line : change(line)))
    .join('\n');

const RED = '\u001b[31m';
const OFF = '\u001b[0m';
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;
const PROMPT = /^\$ (?=\S)/gm;
const KUBECTL = /^\$ kubectl (?=\S)/gm;

/** Lines that go on further than a screen is wide, as they are copied from it. Its tabs are spaces, its colours take no room. */
function broken(text: string, width: number, indent = ''): string {
  const shown = text.replace(COLOURS, '').replaceAll('\t', '        ');
  const rest = new RegExp(`.{1,${width - indent.length}}`, 'gu');
  return eachLine(shown, (line) =>
    line.length <= width
      ? line
      : [line.slice(0, width), ...(line.slice(width).match(rest) ?? []).map((part) => `${indent}${part}`)].join('\n'),
  );
}

const isLog = (file: string) => /\.log$/.test(file);

const prompts: Readonly<Record<string, string>> = {
  bash: 'dev@laptop:~/src/deploy$ ',
  'bash-branch': 'dev@laptop:~/src/deploy (main)$ ',
  root: '[root@bastion-1 ~]# ',
  zsh: '➜  ~ ',
  'zsh-git': '➜  deploy git:(main) ',
  'zsh-git-dirty': '➜  deploy git:(main) ✗ ',
  mac: 'dev@MacBook-Pro deploy % ',
  'mac-venv': '(.venv) dev@MacBook-Pro deploy % ',
  arrow: '❯ ',
  powershell: 'PS C:\\Users\\dev> ',
  cmd: 'C:\\Users\\dev>',
  pod: 'root@toolbox-7f9c:/# ',
  clock: '[09:12:01] dev@bastion:~$ ',
  context: '(prod|shop) dev@bastion:~$ ',
  'kube-ps1': '(⎈|prod:shop) dev@bastion:~$ ',
  trace: '+ ',
  conda: '(base) dev@laptop:~$ ',
};

export const forms: readonly Change[] = [
  form('windows-lines', (text) => text.replaceAll('\n', '\r\n')),
  form('colours', (text) =>
    text.replace(
      /\b(?:Running|CrashLoopBackOff|ImagePullBackOff|ErrImagePull|Pending|Failed|Warning|Normal|ERROR|Error|FATAL|WARN|INFO|False|True)\b(?![="':])/g,
      (word, at, all: string) =>
        /^\s*["{]/.test(all.slice(all.lastIndexOf('\n', at) + 1)) ? word : `${RED}${word}${OFF}`,
    ),
  ),
  form('coloured-lines', (text) =>
    eachLine(text, (line) => (/error|fail|warn/i.test(line) && !/^\s*[-"{]/.test(line) ? `${RED}${line}${OFF}` : line)),
  ),
  form('indent-2', (text) => eachLine(text, (line) => (line === '' ? line : `  ${line}`))),
  form('indent-4', (text) => eachLine(text, (line) => (line === '' ? line : `    ${line}`))),
  form('indent-tab', (text) => eachLine(text, (line) => (line === '' ? line : `\t${line}`))),
  form('quoted', (text) => (text.trim().includes('\n') ? eachLine(text, (line) => `> ${line}`.trimEnd()) : text)),
  form('fenced', (text) => (text.includes('```') ? text : `\`\`\`\n${text.replace(/\n*$/, '\n')}\`\`\`\n`)),
  form('fenced-with-prose', (text) =>
    text.includes('```')
      ? text
      : `Hi all, the deploy is stuck again, see below:\n\n\`\`\`\n${text.replace(/\n*$/, '\n')}\`\`\`\n\nAny idea? Thanks!\n`,
  ),
  form('fence-a-command', (text) => {
    const parts = text.includes('```') ? undefined : commands(text);
    return parts === undefined ? text : parts.map((part) => `\`\`\`\n${part.trimEnd()}\n\`\`\`\n\n`).join('');
  }),
  form('trailing-spaces', (text) => eachLine(text, (line) => `${line}   `)),
  form('padded-to-width', (text) => eachLine(text, (line) => line.padEnd(120))),
  form('byte-order-mark', (text) => `\ufeff${text}`),
  form('hard-spaces', (text) => text.replace(/ {2,}/g, (gap) => '\u00a0'.repeat(gap.length))),
  form('blank-lines-gone', (text) => (commands(text) === undefined ? text : text.replace(/\n{2,}(?=\$ )/g, '\n'))),
  form('blank-lines-more', (text) =>
    commands(text) === undefined ? text : text.replace(/^\$ .*$/gm, '$&\n').replace(/\n(?=\$ )/g, '\n\n'),
  ),
  form('tabs', (text) =>
    rewrite(text, ({ rows, indent }) => rows.map((row) => `${indent}${row.join('\t')}`.trimEnd())),
  ),
  form('wide-columns', (text) => rewrite(text, ({ rows, indent }) => inColumns(rows, indent, 9))),
  form('two-spaces', (text) => rewrite(text, ({ rows, indent }) => inColumns(rows, indent, 2))),
  ...[80, 100, 120, 132, 160, 200].map((width) =>
    form(`logs-broken-at-${width}`, (text, _, file) => (isLog(file) ? broken(text, width) : text)),
  ),
  form('logs-broken-and-indented', (text, _, file) => (isLog(file) ? broken(text, 100, '    ') : text)),
  ...[100, 120, 160].map((width) => form(`all-broken-at-${width}`, (text) => broken(text, width))),
  ...Object.entries(prompts).map(([name, prompt]) =>
    form(`prompt-${name}`, (text) => text.replace(name === 'trace' ? /^\$ (?=kubectl)/gm : PROMPT, prompt)),
  ),
  ...[
    'k',
    'oc',
    'microk8s kubectl',
    'sudo kubectl',
    'k3s kubectl',
    'sudo k3s kubectl',
    'kubectl.exe',
    'minikube kubectl --',
    '/usr/local/bin/kubectl',
    'kubecolor',
    'KUBECONFIG=~/.kube/prod kubectl',
  ].map((alias) => form(`alias ${alias}`, (text) => text.replace(KUBECTL, `$ ${alias} `))),
  form('namespace-first', (text) =>
    text.replace(/^\$ kubectl ([^|\n]*?) (?:-n|--namespace)[ =](\S+)/gm, '$ kubectl -n $2 $1'),
  ),
  form('namespace-long', (text) => text.replace(/^(\$ (?:kubectl|k|oc) [^|\n]*?) -n (\S+)/gm, '$1 --namespace $2')),
  form('namespace-equals', (text) => text.replace(/^(\$ (?:kubectl|k|oc) [^|\n]*?) -n (\S+)/gm, '$1 --namespace=$2')),
  form('namespace-glued', (text) => text.replace(/^(\$ (?:kubectl|k|oc) [^|\n]*?) -n (\S+)/gm, '$1 -n$2')),
  form('context', (text) => text.replace(KUBECTL, '$ kubectl --context prod-eu ')),
  form('context-last', (text) => text.replace(/^\$ kubectl [^|\n]*(?=$| \|)/gm, '$& --context=prod-eu')),
  form('more-flags', (text) => text.replace(KUBECTL, '$ kubectl --as admin --request-timeout 5s -v 0 ')),
  form('short-kinds', (text) =>
    text.replace(
      /^(\$ kubectl (?:get|describe)) (pods?|services?|deployments?|events|ingress(?:es)?|nodes?|replicasets?|configmaps?)(?=\s|$)/gm,
      (_, head, kind) => {
        const short: Record<string, string> = {
          p: 'po',
          s: 'svc',
          d: 'deploy',
          e: 'ev',
          i: 'ing',
          n: 'no',
          r: 'rs',
          c: 'cm',
        };
        return `${head} ${short[kind[0]]}`;
      },
    ),
  ),
  form('slash-names', (text) =>
    text.replace(
      /^(\$ kubectl (?:get|describe)) (pod|deploy|deployment|svc|service|rs|sts|ing|ingress|node|pvc|job) ([a-z0-9][\w.-]*)(?=\s|$)/gm,
      '$1 $2/$3',
    ),
  ),
];
