import { writtenRule } from '../../src/policy/kyverno-rules.ts';
import type { KubeObject, Violation } from '../../src/policy/violation.ts';
import { sourcesOf } from './cel/expressions.ts';
import { factsOf } from './facts.ts';
import { codeOf } from './rego/inventory.ts';
import { keyOf } from './tally.ts';
import type { Workspace } from './workspace.ts';

const PARTS = '(?:containers|initContainers|volumes|ports|rules|subjects)';

/** An upper bound on how many parts an object has, in CEL, Rego and JMESPath. */
const COUNTS = new RegExp(
  [
    String.raw`\b${PARTS}\.size\(\)\s*(?:<|==)`,
    String.raw`\bsize\([\w.]*\b${PARTS}\)\s*(?:<|==)`,
    String.raw`\bcount\([\w.[\]"]*\b${PARTS}\)\s*(?:>|!=)`,
    String.raw`\b(?:length\([\w.[\]?* ]*${PARTS}|${PARTS}[\w[\]]*\s*\|\s*length).*"operator":"(?:GreaterThan|NotEquals)`,
  ].join('|'),
);
const NAME = /\bmetadata\s*(?:\.\s*|\[\s*["'])(?:name|generateName)\b/;
/** What reads a certificate in JMESPath and Rego. */
const CERTIFICATE = /\b(?:x509_decode|crypto\.x509\.parse_certificates|crypto\.x509\.parse_and_verify_certificates)\(/;
const NAMESPACE = /\bmetadata\s*(?:\.\s*|\[\s*["'])namespace\b|\brequest\.namespace\b/;
const OWNER = /\bownerReferences\b/;
/** The heads of the rules that deny in Rego. */
const VIOLATIONS = /^\s*(?:violation|deny)\b/gm;
/** What could be edited: a rule that reads it, too, may mean that. */
const ELSE = /\b(?:spec|data|labels|annotations|inventory)\b/;

const BY_COUNT =
  'the rule bounds how many parts the object has; taking one away would take away what the object is for: who owns it splits it up, or whoever wrote the policy makes an exception';
const BY_NAME =
  'the rule is about what the object is called; under another name it is another object, and what refers to it, its data and its history stay with the old one: who owns it renames it, and everything that names it';
const BY_NAMESPACE =
  'the rule is about the namespace that the object lives in; elsewhere it is another object: who owns it moves it, with all that it needs';
const BY_OWNER =
  'the rule asks who made the object, and nobody writes an owner by hand: whoever owns it makes a workload of it (a Deployment, a Job) whose controller creates it, or whoever wrote the policy makes an exception';
const BY_OTHERS =
  'the rule is about the other objects of the cluster: one of them is missing, is in the way or says something else, and who owns that one adds or changes it';
const REFUSES_ALL =
  'the rule accepts nothing, whatever stands in the object: who wrote the policy decides, or the object goes where the policy does not look';
const BY_CERTIFICATE =
  'the rule reads what is inside a certificate (names, key, dates), which no edit changes: who issues it makes a new one as the rule wants it, and that takes the place of the text';
const OTHERWISE =
  'none of the edits and answers that opsline tried makes the engine accept it: read the rule beside the object, and decide with whoever wrote the policy';

const REGARDLESS =
  'the rule denies every object that it matches, whatever it holds: only its match, an exception or another sender lets it through';
const OF_REQUEST =
  'the rule looks at the request alone, not at what the object holds: only its match, an exception or another sender lets it through';

/** What a rule of Kyverno's sees of the object that is judged. */
const OF_OBJECT = /request\.object|element|images/;

/** A pattern of Kyverno's that asks for another name. */
const PATTERN_NAME =
  /"(?:[=+^]?\()?metadata\)?":\{(?:[^{}]|\{[^{}]*\})*"(?:[=+^]?\()?(?:name|generateName|namespace)\)?":/;

/** Why a rule of Kyverno's denies whatever an object holds; a rule with a context of its own may look at anything. */
function regardless({ validate, context }: KubeObject): string | undefined {
  if (validate?.deny === undefined || Array.isArray(context)) return undefined;
  const conditions = JSON.stringify(validate.deny.conditions ?? null);
  if (OF_OBJECT.test(conditions)) return undefined;
  return conditions.includes('{{') ? OF_REQUEST : REGARDLESS;
}

/** The rules of Kyverno's that a violation is of, by their own name or the one they have for controllers. */
function rulesOf(documents: readonly KubeObject[], { policy, rule = '' }: Violation): KubeObject[] {
  const own = documents.find(({ kind, metadata }) => kind === policy.kind && metadata?.name === policy.name);
  const rules: KubeObject[] = Array.isArray(own?.spec?.rules) ? own.spec.rules : [];
  const bare = writtenRule(rule);
  return rules.filter(({ name }) => name === bare);
}

/** The code of the rule that was violated, as far as it can be told from the rest of its policy. */
function codeOfRule(documents: readonly KubeObject[], violation: Violation): string[] {
  const { policy, rule = '' } = violation;
  const nth = /validations\[(\d+)\]$/.exec(rule)?.[1];
  const own = documents.find(({ kind, metadata }) => kind === policy.kind && metadata?.name === policy.name);
  const template = documents.find(({ kind }) => kind === 'ConstraintTemplate');
  if (template) return [...codeOf(template), ...sourcesOf(template).flatMap(({ expressions }) => expressions)];
  if (own === undefined) return [];
  const named = rulesOf(documents, violation);
  if (named.length > 0)
    return named.map(({ validate }) => {
      const { message: _said, ...checks } = (validate ?? {}) as KubeObject;
      return JSON.stringify(checks);
    });
  const expressions = sourcesOf(own).flatMap((source) => source.expressions);
  return nth === undefined ? expressions : expressions.slice(Number(nth), Number(nth) + 1);
}

/** Rego without its messages, which name the object whatever they are about. */
const unworded = (text: string): string =>
  text.replaceAll(/\bsprintf\([^\n]*|\bmsg\s*:?=[^\n]*|"(?:msg|message|details)"\s*:[^\n}]*/g, '');

/** Rego that reads the metadata under a name of its own (`meta := input.review.object.metadata`), as if it did not. */
function unnamed(text: string): string {
  const names = [...text.matchAll(/^\s*(\w+)\s*:?=\s*[\w.]*\bmetadata\s*$/gm)].map(([, name = '']) => name);
  return names.reduce((all, name) => all.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), 'metadata.'), text);
}

function whyNot(code: readonly string[]): string {
  if (code.length === 1 && code[0]?.trim() === 'false') return REFUSES_ALL;
  const text = code.map((each) => unnamed(unworded(each))).join('\n');
  if (CERTIFICATE.test(text)) return BY_CERTIFICATE;
  if (COUNTS.test(text)) return BY_COUNT;
  if (PATTERN_NAME.test(text)) return BY_NAME;
  // Of several rules it is not known which of them looks there.
  if (/\bdata\.inventory\b/.test(text) && (text.match(VIOLATIONS) ?? []).length === 1) return BY_OTHERS;
  if (ELSE.test(text)) return OTHERWISE;
  if (OWNER.test(text)) return BY_OWNER;
  return NAME.test(text) ? BY_NAME : NAMESPACE.test(text) ? BY_NAMESPACE : OTHERWISE;
}

/**
 * Why no edit is taken and no question asked for what is left of an object, and who decides: a line for each rule. What a
 * rule is about is read from its code; where that reads more than one thing, it is not guessed.
 */
export function reasonFor(workspace: Workspace, left: readonly Violation[]): string | undefined {
  const lines = [...Map.groupBy(left, keyOf).values()].flatMap(([violation]) => {
    if (violation === undefined || violation.failed || violation.engine === 'schema') return [];
    const { policy, rule, engine } = violation;
    const documents = factsOf(workspace.policies, [violation]).flatMap((facts) => facts.documents);
    const always = rulesOf(documents, violation).flatMap((one) => regardless(one) ?? [])[0];
    const why =
      engine === 'cluster' || engine === 'pss' ? OTHERWISE : (always ?? whyNot(codeOfRule(documents, violation)));
    return [`${policy.name}${rule === undefined ? '' : `/${rule}`}: ${why}`];
  });
  return lines.length === 0 ? undefined : lines.join('\n');
}
