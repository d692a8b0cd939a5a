import { clusterOf } from '../../src/evidence/asked-cluster.ts';
import { recorderCommand } from '../../src/evidence/command.ts';
import { kindOf } from '../../src/evidence/kinds.ts';
import { type ObjectRef, refText } from '../../src/evidence/model.ts';
import { opensSegment } from '../../src/evidence/split.ts';
import { nearest } from '../../src/nearest.ts';
import type { ExplainRequest, Finding } from './schema.ts';
import type { View } from './view.ts';

/** What an asker points at: a name, and a namespace where one was given; or all of a namespace. */
export interface Target {
  readonly name: string;
  readonly namespace?: string;
  /** A short word counts only where an object is called just so. */
  readonly exact?: boolean;
}

/** All of a namespace. */
export interface NamespaceTarget {
  readonly namespace: string;
}

/** Reads `api`, `shop/api`, `deployment/api`, `shop/deployment/api` and `Deployment shop/api`; undefined without a name. */
export function parseTarget(text: string): Target | undefined {
  const words = text.split(/[\s/]+/).filter((word) => word !== '');
  const name = words.pop();
  if (name === undefined) return undefined;
  // A kind may be said, but a Deployment is also its pods: it does not narrow.
  const namespace = words.findLast((word) => kindOf(word) === undefined);
  return namespace === undefined ? { name } : { name, namespace };
}

/** Words of the question that could be names of objects. */
function namesIn(question: string): Target[] {
  const words = question.match(/[a-z0-9][a-z0-9.-]{2,}/gi) ?? [];
  const names = new Set(words.map((word) => word.replace(/[.-]+$/, '')));
  return [...names].map((name) => (name.length > 3 ? { name } : { name, exact: true }));
}

/** How people say of something that it is not meant. */
const ASIDE =
  /\b(?:ignore|disregard|never ?mind|not (?:about|asking about|interested in)|leave \S+ out|looks? fine|is (?:fine|unrelated|another story))\b/i;

/** A question without the clauses that set something aside (`x looks fine`, `ignore x`); all of it where nothing else would be left. */
function withoutAside(question: string): string {
  const clauses = question.match(CLAUSE) ?? [];
  const meant = clauses.filter((clause) => !ASIDE.test(clause));
  return meant.some((clause) => namesIn(clause).length > 0) ? meant.join(' ') : question;
}
/** What stands between brackets, or up to the end of a sentence; a full stop within a name or version ends none. */
const CLAUSE = /\([^()]*\)|(?:[^().?!;\n]|[.?!](?=\S))+[.?!;]?/g;

const WORD = '["\'`]?([a-z0-9][a-z0-9-]*)';
/** `namespace shop`, `-n shop`; `the shop namespace`; `in shop`. */
const NAMESPACES: readonly RegExp[] = [
  new RegExp(`(?:\\b(?:namespace|ns)|-n)[\\s:=]+${WORD}`, 'gi'),
  new RegExp(`${WORD}["'\`]?\\s+namespace\\b`, 'gi'),
  new RegExp(`\\b(?:in|of|within)\\s+${WORD}`, 'gi'),
];
const NO_NAMESPACE = /^(?:the|a|an|in|of|this|that|our|my|which|what|namespace|ns)$/i;

/** Words of the question that it uses as a namespace. Whether there is such a one, the evidence says. */
export function namespacesOf({ question = '' }: Pick<ExplainRequest, 'question'>): NamespaceTarget[] {
  return NAMESPACES.flatMap((pattern) =>
    [...question.matchAll(pattern)].flatMap(([, namespace = '']) =>
      NO_NAMESPACE.test(namespace) ? [] : [{ namespace }],
    ),
  );
}

/** What a request points at: by name, in question and target, and by namespace. */
export function askedIn(request: Pick<ExplainRequest, 'question' | 'target'>): {
  targets: Target[];
  namespaces: NamespaceTarget[];
} {
  const named = parseTarget(request.target ?? '');
  const targets = [...(named === undefined ? [] : [named]), ...namesIn(withoutAside(request.question ?? ''))];
  return { targets, namespaces: namespacesOf(request) };
}

/** Whether an object is what was pointed at, or one of its pods, or what it is a pod of. */
export function isCalled(ref: ObjectRef, { name, namespace, exact = false }: Target): boolean {
  const elsewhere = namespace !== undefined && ref.namespace !== undefined && ref.namespace !== namespace;
  if (exact) return !elsewhere && ref.name === name;
  return !elsewhere && (ref.name === name || ref.name.startsWith(`${name}-`) || name.startsWith(`${ref.name}-`));
}

/** Whether a name stands in a text as a word of its own, or as the beginning of a pod's name. */
function stands(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!/[\w.-]/.test(text[at - 1] ?? ' ') && !/\w/.test(text[at + name.length] ?? ' ')) return true;
  }
  return false;
}

/**
 * Why a healthy answer would not be about what the question asks: a command asked for that name, printed nothing of it, and nothing else
 * in the evidence is called so. Undefined where the question names no such thing.
 */
export function unansweredQuestion(
  request: Pick<ExplainRequest, 'question' | 'evidence'>,
  view: View,
): string | undefined {
  const refs = [...view.scene.objects, ...view.pods].map(({ ref }) => ref);
  // A command names what it asks for; where it printed nothing but an error, that is not there.
  const own = view.scene.items.flatMap(({ object, text }) =>
    object === undefined || text.replaceAll(FAILED, '').trim() === '' ? [] : [object],
  );
  for (const target of namesIn(request.question ?? '')) {
    // `get all` asks for no object of that name.
    if (
      kindOf(target.name) !== undefined ||
      target.name === 'all' ||
      refs.some(({ namespace }) => namespace === target.name) ||
      // A cluster is no object of its own.
      view.scene.items.some(({ command }) => clusterOf(command) === target.name)
    )
      continue;
    if ([...refs, ...own].some((ref) => isCalled(ref, { name: target.name }))) continue;
    const asking = view.scene.items.filter(({ command = '' }) => stands(target.name, argumentsOf(command)));
    const answered = asking.some(({ text }) => stands(target.name, text.replaceAll(FAILED, '')));
    const empty = request.evidence.some(({ text }) => stands(target.name, argumentsOf(unansweredCall(text) ?? '')));
    if ((asking.length > 0 || empty) && !answered)
      return `what was asked about \`${target.name}\` got no answer, and nothing in the evidence is called so`;
  }
  return undefined;
}

/** The command that the call of a tool is like which printed nothing: what came of it is no evidence. */
function unansweredCall(text: string): string | undefined {
  if (text.length > 4000) return undefined;
  const [head = '', ...rest] = text.split('\n');
  return rest.every((line) => line.trim() === '' || opensSegment(line) !== undefined)
    ? recorderCommand(head, true)
    : undefined;
}

/** A line with which a tool says that it has no answer. */
const FAILED =
  /^(?:[Ee]rror\b|No (?:[\w-]+ ){1,3}(?:(?:were|was) )?found\b|time="[^"]*" level=fatal|FATA|Unable to|The connection).*$/gm;

/** What stands behind a command's program and verb, and behind a kind with its group (`clusters.postgresql.cnpg.io`). */
function argumentsOf(command: string): string {
  const words = command.split(/\s+/).slice(2);
  return words.slice(/^[a-z]+(?:\.[a-z0-9-]+)+$/.test(words[0] ?? '') ? 1 : 0).join(' ');
}

/**
 * Why the answer cannot be about the target: nothing in the evidence is called so, with the nearest names that it has.
 * Undefined when there is no target, or it is there: as an object, or, without a namespace, as a word of the text.
 */
export function unseenTarget(
  request: Pick<ExplainRequest, 'target'>,
  view: View,
  findings: readonly Finding[],
): string | undefined {
  const target = parseTarget(request.target ?? '');
  if (target === undefined) return undefined;
  const { scene, pods, messages } = view;
  const refs: ObjectRef[] = [
    ...scene.objects.map(({ ref }) => ref),
    ...pods.map(({ ref }) => ref),
    ...findings.flatMap(({ object, involves }) => [object, ...involves]),
    ...[...scene.items, ...messages].flatMap(({ object }) => (object === undefined ? [] : [object])),
  ];
  if (refs.some((ref) => isCalled(ref, target))) return undefined;
  const elsewhere = refs.some((ref) => isCalled(ref, { name: target.name }));
  const said = scene.items.some(({ text, command = '' }) => stands(target.name, `${command}\n${text}`));
  if (said && !elsewhere) return undefined;
  const near = nearest(target.name, new Set(refs.map(({ name }) => name))).flatMap((name) => {
    const ref = refs.find((one) => one.name === name);
    return ref === undefined ? [] : [refText({ ...ref, path: undefined })];
  });
  const shown = `nothing in the evidence is called \`${(request.target ?? '').trim().slice(0, 80)}\``;
  return near.length === 0 ? shown : `${shown}; near it: ${near.join(', ')}`;
}
