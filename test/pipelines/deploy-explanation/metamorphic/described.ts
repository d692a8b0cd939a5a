import type { Change } from './case.ts';
import { rewrite } from './layout.ts';
import { texts } from './time.ts';

/** What `kubectl describe pod` of one version says, and another does not. */
function described(name: string, change: (text: string) => string): Change {
  return { name, apply: (given) => texts(given, change) };
}

/** Descriptions of pods and events as other versions of kubectl lay them out, and rows in the order that the API happened to give. */
export const descriptions: readonly Change[] = [
  described('describe-service-account', (text) =>
    /^Service Account:/m.test(text) ? text : text.replace(/^(Priority:( +)\S+)$/gm, '$1\nService Account:  default'),
  ),
  described('describe-sandbox-condition', (text) =>
    /PodReadyToStartContainers/.test(text)
      ? text
      : text.replace(
          /^(IP:\s+\d(?:(?!^Name:)[\s\S])*?^Conditions:\n\s+Type\s+Status[^\n]*\n)(?=\s+Initialized)/gm,
          '$1  PodReadyToStartContainers   True \n',
        ),
  ),
  described('describe-without-ips', (text) => text.replace(/^IPs:\n(?: +\S+: .*\n| +<none>\n)+/gm, '')),
  described('describe-without-mounts', (text) =>
    text.replace(
      /^ {4}Mounts:\n {6}\/var\/run\/secrets\/kubernetes\.io\/serviceaccount from kube-api-access-\w+ \(ro\)\n/gm,
      '',
    ),
  ),
  described('describe-seccomp', (text) =>
    /SeccompProfile/.test(text) ? text : text.replace(/^IP: {2,}\d/gm, 'SeccompProfile:   RuntimeDefault\n$&'),
  ),
  described('describe-container-ids', (text) =>
    text.replace(/(?<=^ +Container ID: +)containerd:\/\/[0-9a-f]+/gm, 'cri-o://4d3b9f0e12a7c85d66e1f0a9b3c47d52'),
  ),
  {
    name: 'events-in-any-order',
    apply: (given, random) =>
      texts(given, (text) =>
        rewrite(text, ({ rows, from, to, indent }, lines) => {
          const plain = /^LAST SEEN TYPE REASON OBJECT MESSAGE$/.test((rows[0] ?? []).join(' '));
          const command = lines[from - 1] ?? '';
          return plain && indent === '' && /^\$ .*get (?:ev|events)\b(?!.*sort-by)/.test(command)
            ? [...lines.slice(from, from + 1), ...random.shuffled(lines.slice(from + 1, to))]
            : lines.slice(from, to);
        }),
      ),
  },
  {
    name: 'rows-in-any-order',
    apply: (given, random) =>
      texts(given, (text) =>
        rewrite(text, ({ from, to, indent, rows }, lines) => {
          const command = lines[from - 1] ?? '';
          const names = rows.slice(1).map((row) => row[0]);
          return indent === '' &&
            new Set(names).size === names.length &&
            /^\$ (?:kubectl|oc|k) (?:-n \S+ )?get (?!ev)(?!.*(?:sort-by|\s-w|--watch|,|\sall\b|helm|history))/.test(
              command,
            )
            ? [...lines.slice(from, from + 1), ...random.shuffled(lines.slice(from + 1, to))]
            : lines.slice(from, to);
        }),
      ),
  },
  described('event-counts', (text) => text.replace(/\(x(\d+) over/g, (_, count) => `(x${Number(count) * 3 + 1} over`)),
  described('restarts-more', (text) =>
    text
      .replace(/^(\s+Restart Count: +)([1-9]\d*)$/gm, (_, head, count) => `${head}${Number(count) + 7}`)
      .replace(
        /( \d+\/\d+ +\S+ +)([1-9])(?= )( ?)/g,
        (_, head, count, gap) => `${head}${Number(count) + 7}${Number(count) + 7 > 9 && gap === ' ' ? ' ' : gap}`,
      ),
  ),
];
