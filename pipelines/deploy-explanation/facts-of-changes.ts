import { citeText } from '../../src/evidence/cite.ts';
import { recordedChanges } from './changes/recorded.ts';
import type { Fact } from './facts.ts';
import type { View } from './view.ts';

const MAX_TOLD = 3;
const WHO = /\b(?:who|whom|which (?:user|person|account|colleague|team))\b/i;
const DONE =
  /\b(?:chang|edit|modif|updat|patch|delet|remov|restart|scal|deploy|creat|appl|touch|roll|annotat|set|switch|add)(?:e?d|t?ed|ied|s|es|ing)?\b/i;
/** Who did something to what the question names, as an audit log or a record of changes tells: the newest first. */
export function whoChanged(question: string, view: View): Fact | undefined {
  if (!WHO.test(question) || !DONE.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const changes = recordedChanges(view).filter(({ name, who }) => who !== undefined && words.has(name));
  if (changes.length === 0) return undefined;
  const told = changes.slice(0, MAX_TOLD);
  return {
    summary: told.map(({ who, did, what, time }) => `\`${who}\` ${did} ${what} at ${time}.`).join(' '),
    citations: told.flatMap(({ item, time }) => citeText(item, time) ?? []),
    alone: true,
  };
}
