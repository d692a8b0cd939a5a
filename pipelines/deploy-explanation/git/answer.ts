import type { Citation, EvidenceItem } from '../../../src/evidence/model.ts';
import { change } from '../analyzers/analyzer.ts';
import type { Explanation, Remedy } from '../schema.ts';
import type { GitReading } from './request.ts';

/** What a reading of the repository adds to an explanation; evidence is numbered on from `next`. */
export function answerOf(
  reading: GitReading,
  next: number,
): {
  change: Explanation['change'];
  git: Explanation['git'];
  items: EvidenceItem[];
  remedies: Remedy[];
} {
  const { range, found, summary, changes } = reading;
  const git = range === undefined ? undefined : { ...range, summary, changes };
  if (found === undefined) return { change: undefined, git, items: [], remedies: [] };
  const items = found.excerpts.map(
    ({ name, from, text }, index): EvidenceItem => ({
      id: `E${next + index}`,
      source: { kind: 'git', name },
      lines: { from, to: from + text.split('\n').length - 1 },
      text,
    }),
  );
  const citations = found.excerpts.flatMap(({ quote, from, text }, index): Citation[] => {
    const at = text.indexOf(quote);
    if (at < 0) return [];
    const first = from + text.slice(0, at).split('\n').length - 1;
    return [{ evidence: `E${next + index}`, lines: { from: first, to: first + quote.split('\n').length - 1 }, quote }];
  });
  const { commit, patch, file } = found.git;
  const lines = (patch ?? '').split('\n').filter((line) => /^[-+](?!--|\+\+)/.test(line)).length;
  const by = commit === undefined ? '' : ` of commit ${commit.id.slice(0, 10)}`;
  const title = `Revert this change${by} in Git: the patch touches ${lines} line${lines === 1 ? '' : 's'} of ${file} and nothing else`;
  return {
    change: { summary: summary, object: found.object, citations, git: found.git },
    git,
    items,
    remedies: patch === undefined ? [] : [{ ...change(title, found.risk), way: 'revert' as const, patch }],
  };
}
