import type { EvidenceFile } from './model.ts';

/** What a file that evidence is kept in is called: its ending tells it from other words of a heading. */
const NAME = String.raw`[\w@%+][\w@%+:.\/-]{0,200}\.(?:log|txt|text|ya?ml|jsonl?|ndjson|out|err|conf|cfg|ini|env|csv|tsv|toml|hcl|tf|properties|describe)(?:\.\d)?`;

/** Headings of one kind: what `head` and `tail` print above each of several files, and the rules that people and scripts draw around a name. */
const RULES: readonly RegExp[] = [
  /^==> ([^<>]{1,200}) <==$/,
  new RegExp(`^-{3,} ?(?:file:? )?(${NAME}) ?-{3,}$`, 'i'),
  new RegExp(`^={3,} ?(?:file:? )?(${NAME}) ?={3,}$`, 'i'),
  new RegExp(`^#{3,} ?(?:file:? )?(${NAME}) ?#{3,}$`, 'i'),
  new RegExp(`^\\*{3,} ?(?:file:? )?(${NAME}) ?\\*{3,}$`, 'i'),
];

/** A name without an ending is one where such a rule is the first line. */
const BARE = /^([-=#*])\1{2,} ?([a-z][a-z0-9._-]{0,60}) ?\1{3,}$/;

/** Members with one name, in the order of the first: `tail -f` goes to and fro between its files. */
function filesOf(
  file: string,
  members: readonly { readonly name: string; readonly lines: readonly string[] }[],
): EvidenceFile[] {
  const texts = new Map<string, string[]>();
  for (const { name, lines } of members) {
    const to = lines.findLastIndex((line) => line.trim() !== '');
    const own = texts.get(name) ?? [];
    texts.set(name, own);
    own.push(...lines.slice(0, to + 1));
  }
  return [...texts].flatMap(([name, lines]) =>
    lines.length === 0
      ? []
      : [{ name: name === '' ? file : `${file}/${name.replace(/^\.?\//, '')}`, text: `${lines.join('\n')}\n` }],
  );
}

/** Files one after another, each below a heading of the same kind. */
function belowRules(file: string, lines: readonly string[]): EvidenceFile[] | undefined {
  const begun = BARE.exec(lines.find((line) => line.trim() !== '')?.trimEnd() ?? '')?.[1];
  const bare = (line: string) => {
    const [, mark, name] = BARE.exec(line) ?? [];
    return mark === begun ? name : undefined;
  };
  const rules = RULES.map((rule) => (line: string) => rule.exec(line)?.[1]?.trim());
  for (const rule of begun === undefined ? rules : [bare, ...rules]) {
    const heads = lines.flatMap((line, index) => {
      const name = rule(line.trimEnd());
      return name === undefined ? [] : [{ name, index }];
    });
    if (new Set(heads.map(({ name }) => name)).size < 2) continue;
    const members = heads.map(({ name, index }, at) => ({ name, lines: lines.slice(index + 1, heads[at + 1]?.index) }));
    return filesOf(file, [{ name: '', lines: lines.slice(0, heads[0]?.index) }, ...members]);
  }
  return undefined;
}

const FENCE = /^(```+|~~~+)[\w+-]{0,20}\s*$/;
const NAMED = new RegExp(`(?<![\\w/.-])(${NAME})(?![\\w/-])`, 'gi');

/** The only file that a line above a fence names: in a heading, in bold, as code, or in a short sentence. */
function namedAbove(lines: readonly string[], fence: number): { name: string; index: number } | undefined {
  const index = (lines[fence - 1] ?? '').trim() === '' ? fence - 2 : fence - 1;
  const line = lines[index] ?? '';
  if (line.length > 120 || !/^(?:#{1,6} |\*\*|`|[-*] )|:\s*$/.test(line)) return undefined;
  const names = [...line.matchAll(NAMED)].map(([, name = '']) => name);
  return names.length === 1 ? { name: names[0] ?? '', index } : undefined;
}

/** Fences of Markdown that stand below the name of a file; the rest stays one text. */
function inFences(file: string, lines: readonly string[]): EvidenceFile[] | undefined {
  const rest: string[] = [];
  const members: { name: string; lines: readonly string[] }[] = [];
  let index = 0;
  for (; index < lines.length; index++) {
    const mark = FENCE.exec(lines[index] ?? '')?.[1];
    const line = lines[index] ?? '';
    const end = mark === undefined ? -1 : lines.findIndex((other, at) => at > index && other.trimEnd() === mark);
    const above = end < 0 ? undefined : namedAbove(lines, index);
    if (above === undefined) {
      // A fence without a name is passed over as a whole: within it no other one begins.
      rest.push(line, ...(end < 0 ? [] : lines.slice(index + 1, end + 1)));
      index = Math.max(index, end);
      continue;
    }
    rest.splice(rest.length - (index - above.index));
    members.push({ name: above.name, lines: lines.slice(index + 1, end) });
    index = end;
  }
  return members.length === 0 ? undefined : filesOf(file, [{ name: '', lines: rest }, ...members]);
}

/** Whether a text, also one that was quoted or coloured, may hold several files: a cheap look. */
export const mayHoldFiles = (text: string): boolean =>
  /==> .{1,200} <==|([-=#*])\1\1 ?[\w@%+][^\n]{0,200}\1\1\1|```|~~~/.test(text);

/**
 * The files that one text holds, each below its name: as `head` and `tail` print several, between drawn rules, or in fences of Markdown
 * below a line that names a file. They are called `FILE/NAME`, with line numbers of their own; what stands beside them stays
 * `FILE`. Undefined for any other text.
 */
export function filesWithin(file: string, text: string): EvidenceFile[] | undefined {
  const lines = text.split('\n');
  return belowRules(file, lines) ?? inFences(file, lines);
}
