import { isObject, type Json, type JsonObject } from '../../src/manifest/json.ts';
import { formatPointer, type Operation } from '../../src/manifest/patch.ts';
import { writtenRule } from '../../src/policy/kyverno-rules.ts';
import type { Violation } from '../../src/policy/violation.ts';
import type { OpenDecision } from './decide.ts';
import { compile, type Path } from './edits.ts';
import { notEnforced } from './enforcement.ts';
import { factsOf } from './facts.ts';
import { containersOf } from './fixers/fixer.ts';
import { rebase } from './publish.ts';
import type { Decision, FixOutcome, FixResource, FixViolation } from './schema.ts';
import type { Progress } from './search.ts';
import type { FieldFinder } from './sources/find.ts';
import { keyOf } from './tally.ts';
import { fileOfPolicy, type Resource, type Workspace } from './workspace.ts';

const ORDER: readonly FixOutcome[] = [
  'compliant',
  'not-judged',
  'fixed',
  'needs-decision',
  'cannot-fix',
  'policy-error',
];

export function worst(outcomes: readonly FixOutcome[]): FixOutcome {
  return outcomes.reduce(
    (worst, outcome) => (ORDER.indexOf(outcome) > ORDER.indexOf(worst) ? outcome : worst),
    'compliant',
  );
}

export function objectOf({ object, base }: Resource): FixResource['object'] {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return {
    apiVersion: String(object.apiVersion),
    kind: String(object.kind),
    ...(typeof metadata.namespace === 'string' ? { namespace: metadata.namespace } : {}),
    name: String(metadata.name),
    ...(base ? { path: base } : {}),
  };
}

/** The violations as they were, each marked with whether it is gone; where some of a rule's are left, those with the same words. */
function markFixed(before: readonly Violation[], after: readonly Violation[]): boolean[] {
  const left = [...after];
  const stays = before.map((violation) => {
    const at = left.findIndex((other) => keyOf(other) === keyOf(violation) && other.message === violation.message);
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
  for (const [i, violation] of before.entries()) {
    if (stays[i]) continue;
    const at = left.findIndex((other) => keyOf(other) === keyOf(violation));
    if (at === -1) continue;
    left.splice(at, 1);
    stays[i] = true;
  }
  return stays.map((stay) => !stay);
}

/** What the violated rule alone says, of the policies whose rules stand apart: Kyverno's by name, validations of CEL by number. */
function ruleOf(policy: JsonObject, rule = ''): Json {
  const { rules, validations } = isObject(policy.spec) ? policy.spec : {};
  if (Array.isArray(validations)) return validations[Number(/\[(\d+)\]$/.exec(rule)?.[1])] ?? null;
  const name = writtenRule(rule);
  return Array.isArray(rules) ? (rules.find((one) => isObject(one) && one.name === name) ?? null) : null;
}

/** Lower-case words of a policy, and of the rule alone. */
interface Said {
  readonly policy: string;
  readonly rule: string;
}

/** What a rule and its policy say; asked for once for each rule of a run. */
const WORDS = new WeakMap<Workspace, Map<string, Said>>();

function wordsOf(workspace: Workspace, violation: Violation): Said {
  const known = WORDS.get(workspace) ?? new Map<string, Said>();
  WORDS.set(workspace, known);
  const { kind, name } = violation.policy;
  const key = `${kind}|${name}|${violation.rule}`;
  const said = known.get(key);
  if (said !== undefined) return said;
  const facts = factsOf(workspace.policies, [{ ...violation, message: '' }])[0];
  const own = facts?.documents.find((document) => document.kind === kind && document.metadata?.name === name);
  const rule = own === undefined ? null : ruleOf(own, violation.rule);
  const found = { policy: facts?.words ?? '', rule: rule === null ? '' : JSON.stringify(rule).toLowerCase() };
  known.set(key, found);
  return found;
}

/** What edits and questions touch of an object. */
export interface Touched {
  readonly place: Path;
  /** By a question, which is about what is left; by an edit else, which is about what is gone. */
  readonly asked: boolean;
}

/**
 * The field that a violation is about where the engine does not say: of the places that the edits and questions for its object
 * touch, the one whose field the message names, or else the rule, or else the policy; of equal ones that of an edit where the
 * violation is gone, that of a question where it is left.
 */
function fieldFor(
  workspace: Workspace,
  { object }: Resource,
  violation: Violation,
  touched: readonly Touched[],
  fixed: boolean,
) {
  const words = wordsOf(workspace, violation);
  const said = violation.message.toLowerCase();
  const containers = containersOf(object);
  const scored = touched.flatMap(({ place, asked }) => {
    const key = String(place.findLast((part) => typeof part === 'string') ?? '').toLowerCase();
    const inMessage = key !== '' && said.includes(key);
    const inRule = key !== '' && words.rule.includes(key);
    const inPolicy = key !== '' && words.policy.includes(key);
    const container = containers.find(({ path }) => path.every((part, i) => place[i] === part));
    const named = container !== undefined && said.includes(container.name.toLowerCase());
    const base = inMessage ? 8 : inRule ? 5 : inPolicy ? 3 : 0;
    return base === 0 ? [] : [{ place, score: base + (named ? 2 : 0) + (asked === fixed ? 0 : 1) }];
  });
  const best = scored.reduce<(typeof scored)[number] | undefined>(
    (top, one) => (top === undefined || one.score > top.score ? one : top),
    undefined,
  );
  return best && formatPointer(best.place);
}

/**
 * What the engines said of an object, each with the field and line that it is about. `places`: what the edits and questions for
 * the object touch.
 */
export function violationsOf(
  workspace: Workspace,
  resource: Resource,
  before: readonly Violation[],
  after: readonly Violation[],
  places: readonly Touched[],
  find: FieldFinder,
): FixViolation[] {
  const gone = markFixed(before, after);
  const known = new Set(before.map(keyOf));
  const hidden = after.filter((violation) => violation.engine === 'cluster' && !known.has(keyOf(violation)));
  return [...before, ...hidden].flatMap((violation, i): FixViolation[] => {
    const { engine, policy, rule, message } = violation;
    // What the schemas say is no policy's.
    if (engine === 'schema') return [];
    const file = fileOfPolicy(workspace, policy);
    const path = violation.path ?? fieldFor(workspace, resource, violation, places, gone[i] ?? false);
    const enforcement = notEnforced(
      workspace.policies.map(({ json }) => json),
      violation,
    );
    const shown: FixViolation = {
      engine,
      policy: { ...policy, ...(file ? { file } : {}) },
      ...(rule ? { rule } : {}),
      message,
      ...(path ? { path } : {}),
      ...find(resource, path ?? ''),
      located: violation.path ? 'engine' : path ? 'edit' : 'object',
      fixed: gone[i] ?? false,
      ...(enforcement === undefined ? {} : { enforcement }),
    };
    return [shown];
  });
}

/** The diff of an edit, or why the files do not take it. */
export type DiffOf = (operations: readonly Operation[]) => { readonly diff: string } | { readonly why: string };

/** A decision's choices with their diffs on top of the patched texts; those the files do not take stand beside them. */
export function writeDecision(
  { question, path, choices }: OpenDecision,
  resource: Resource,
  progress: Progress,
  diffOf: DiffOf,
): Decision {
  const tried = choices.map(({ value, source, edits }) => {
    const operations = rebase(resource.base, compile(progress.object, edits));
    return { value, source, operations, ...diffOf(operations) };
  });
  const unwritten = tried.flatMap((one) =>
    'why' in one ? [{ value: one.value, source: one.source, why: one.why }] : [],
  );
  return {
    question,
    path,
    choices: tried.flatMap((one) => ('diff' in one ? [one] : [])),
    ...(unwritten.length > 0 ? { unwritten } : {}),
  };
}

/** What became of one object, from what is left and what can be answered. */
export function outcomeOf(
  before: readonly Violation[],
  after: readonly Violation[],
  covered: ReadonlySet<string>,
): FixOutcome {
  if (before.length === 0) return 'compliant';
  if (after.length === 0) return 'fixed';
  const answers = (violation: Violation): boolean =>
    covered.has(keyOf(violation)) && (!violation.failed || WANTS_KEY.test(violation.message));
  const open = after.filter((violation) => !answers(violation));
  if (open.some(({ failed }) => failed)) return 'policy-error';
  return open.length === 0 ? 'needs-decision' : 'cannot-fix';
}

/**
 * How the engines say that an expression cannot be evaluated for want of a key: it can be, once somebody says what stands there. What fails
 * otherwise (`no such overload`) fails whatever stands there.
 */
const WANTS_KEY = /no such key|unknown key|failed to resolve|optional\.none\(\) dereference/i;

/** Said where something is left of what a cluster denies. */
export function hiddenNote(verdicts: readonly (readonly Violation[])[]): string[] {
  return verdicts.some((verdict) => verdict.some(({ engine }) => engine === 'cluster'))
    ? ['an API server names its first denial alone: behind those that are left others may stand']
    : [];
}
