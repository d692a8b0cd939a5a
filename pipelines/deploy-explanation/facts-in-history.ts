import { citeLines } from '../../src/evidence/cite.ts';
import { historyCells, releaseOf } from './analyzers/sync/helm-release.ts';
import type { Fact } from './facts.ts';
import type { View } from './view.ts';

const ASKS =
  /\b(?:what|which|when|since when|was|were|did|has|have)\b[^?]*\b(?:changed?|deployed|upgraded|updated|released|rolled (?:out|back)|revision|chart|versions?)\b/i;

interface Revision {
  readonly text: string;
  readonly index: number;
}

/** Rows of `helm history`, oldest first. */
function revisionsIn(lines: readonly string[]): Revision[] {
  const header = lines.findIndex((line) => /^REVISION\s+UPDATED\s+STATUS\s+CHART\s/.test(line));
  if (header < 0) return [];
  return lines.flatMap((line, index) => {
    const [number = '', at = '', status = '', chart = '', app = ''] = index > header ? historyCells(line) : [];
    return /^\d+$/.test(number) && chart !== ''
      ? [{ text: `revision ${number} (${chart}${/\d/.test(app) ? `, app ${app}` : ''}, ${status}, ${at})`, index }]
      : [];
  });
}

/** The newest revision of a Helm release that the question names, and the one before it. */
export function releaseFact(question: string, view: View): Fact | undefined {
  if (!ASKS.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g));
  for (const item of view.scene.items) {
    const release = releaseOf(item.command);
    if (release === undefined || !words.has(release.name)) continue;
    const revisions = revisionsIn(item.text.split('\n'));
    const [last, before] = revisions.toReversed();
    if (last === undefined) continue;
    return {
      summary: `The newest of Helm release ${release.name} is ${last.text}${before === undefined ? '' : `; before it ${before.text}`}.`,
      citations: [before, last].flatMap((one) => (one === undefined ? [] : (citeLines(item, one.index) ?? []))),
    };
  }
  return undefined;
}
