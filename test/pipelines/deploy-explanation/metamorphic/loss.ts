import type { Explanation } from '../../../../pipelines/deploy-explanation/schema.ts';
import { answer, type Case, type Change } from './case.ts';
import { tables } from './layout.ts';
import { commands } from './noise.ts';

/** Lines of each file that the answer (its chain) stands on. */
export function citedLines({ evidence, chain, findings }: Explanation): Map<string, Set<number>> {
  const ids = new Set(chain.map(({ finding }) => finding));
  const found = new Map<string, Set<number>>();
  const items = new Map(evidence.map((item) => [item.id, item]));
  for (const { citations } of findings.filter(({ id }) => ids.has(id)))
    for (const { evidence: id, lines } of citations) {
      const item = items.get(id);
      if (item === undefined) continue;
      const own = found.get(item.source.name) ?? new Set();
      found.set(item.source.name, own);
      const { from, to } = lines ?? item.lines;
      for (let line = from; line <= to; line++) own.add(line);
    }
  return found;
}

const failing = ({ expected }: Case) => expected.verdict === 'failed' || expected.verdict === 'degraded';

export const losses: readonly Change[] = [
  {
    name: 'file-lost',
    loses: true,
    apply: (given, random) => {
      if (!failing(given) || given.files.length < 2) return undefined;
      const cited = citedLines(answer(given));
      const free = given.files.filter(({ name }) => !cited.has(name));
      const lost = free.length === 0 ? undefined : random.pick(free);
      return lost === undefined ? undefined : { ...given, files: given.files.filter((file) => file !== lost) };
    },
  },
  {
    name: 'command-lost',
    loses: true,
    apply: (given, random) => {
      if (!failing(given)) return undefined;
      const cited = citedLines(answer(given));
      const free = given.files.flatMap(({ name, text }) => {
        let line = 1;
        return (commands(text) ?? []).flatMap((part, index, parts) => {
          const from = line;
          line += part.split('\n').length - 1;
          const used = [...(cited.get(name) ?? [])].some((one) => one >= from && one < line);
          return used || parts.length < 2 ? [] : [{ name, index }];
        });
      });
      const lost = free.length === 0 ? undefined : random.pick(free);
      if (lost === undefined) return undefined;
      return {
        ...given,
        files: given.files.map(({ name, text }) => ({
          name,
          text: name === lost.name ? (commands(text) ?? []).filter((_, index) => index !== lost.index).join('') : text,
        })),
      };
    },
  },
  {
    name: 'rows-lost',
    loses: true,
    apply: (given, random) => {
      if (!failing(given)) return undefined;
      const cited = citedLines(answer(given));
      let lost = 0;
      const files = given.files.map(({ name, text }) => {
        const lines = text.split('\n');
        const gone = new Set<number>();
        for (const { from, to } of tables(lines))
          for (let line = from + 1; line < to; line++)
            if (!(cited.get(name)?.has(line + 1) ?? false) && !/^\s*-{4}/.test(lines[line] ?? '') && random.next() < 0.5) gone.add(line);
        lost += gone.size;
        const cut = (line: string, at: number) =>
          gone.has(at + 1) || gone.has(at + 2) || gone.has(at + 3) ? line.replace(/^\$ [^|]*$/, '$& | grep -v quiet') : line;
        return { name, text: lines.map(cut).filter((_, line) => !gone.has(line)).join('\n') };
      });
      return lost === 0 ? undefined : { ...given, files };
    },
  },
];
