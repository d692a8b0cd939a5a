import { citeText } from '../../src/evidence/cite.ts';
import { recordedChanges, whenAndWho } from '../../src/evidence/config-changes.ts';
import { writesTold } from './changes/writes.ts';
import type { Fact } from './facts.ts';
import { millisOf } from './moments.ts';
import { differencesIn } from './recorded-shift.ts';
import { named, type View } from './view.ts';

const MAX_TOLD = 3;
const WHO = /\b(?:who|whom|which (?:user|person|account|colleague|team))\b/i;
const DONE =
  /\b(?:chang|edit|modif|updat|patch|delet|remov|restart|scal|deploy|creat|appl|touch|roll|annotat|set|switch|add)(?:e?d|t?ed|ied|s|es|ing)?\b/i;
/** Who did something to what the question names, as an audit log or a record of changes tells: the newest first. */
export function whoChanged(question: string, view: View): Fact | undefined {
  if (!WHO.test(question) || !DONE.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const changes = writesTold(view).filter(({ name, who }) => who !== undefined && words.has(name));
  if (changes.length === 0) return undefined;
  const told = changes.slice(0, MAX_TOLD);
  return {
    summary: told.map(({ who, did, what, time }) => `\`${who}\` ${did} ${what} at ${time}.`).join(' '),
    citations: told.flatMap(({ item, time }) => citeText(item, time) ?? []),
    alone: true,
  };
}

const ASKS_WHAT =
  /\b(?:what|which|anything|something|did (?:anything|something|some(?:body|one)))\b[^?.]{0,60}\b(?:chang\w*|edited|modified|different)\b|\bwhat(?:'s| is| was) new\b/i;

/** What was changed of the objects that the question names, else of all, as records of changes tell it: the newest first. */
export function whatChanged(question: string, view: View): Fact | undefined {
  if (!ASKS_WHAT.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const all = recordedChanges(view.scene.items).toSorted((a, b) => (millisOf(b.time) ?? 0) - (millisOf(a.time) ?? 0));
  const own = all.filter(({ object }) => words.has(object.name));
  const told = (own.length > 0 ? own : all).slice(0, MAX_TOLD);
  if (told.length === 0) return undefined;
  return {
    summary: told
      .map(
        (one) =>
          `${named(one.object)} was changed${whenAndWho(one)}: ${differencesIn(one)
            .slice(0, MAX_TOLD)
            .map(({ what }) => what)
            .join(', ')}.`,
      )
      .join(' '),
    citations: told.flatMap((one) => one.cite()),
    alone: true,
  };
}
