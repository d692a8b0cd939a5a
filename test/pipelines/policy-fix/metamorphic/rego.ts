import { shuffled } from './cases.ts';

const LEXER = /#[^\n]*|"(?:\\.|[^"\\\n])*"|`[^`]*`|[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|:=|==|!=|<=|>=|\s+|./gs;
const KEYWORDS = new Set(
  'package import as default not with some every in if else contains true false null input data'.split(' '),
);

const tokens = (rego: string): string[] => rego.match(LEXER) ?? [];

/** Without comments, and with one message for all. */
export function silent(rego: string): string {
  const bare = tokens(rego)
    .filter((token) => !token.startsWith('#'))
    .join('');
  return bare
    .replaceAll(
      /^(\s*)msg(?:\s*:=|\s*=)\s*(?:sprintf\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|concat\((?:[^()]|\([^()]*\))*\)|"(?:\\.|[^"\\\n])*"|`[^`]*`)[ \t]*$/gm,
      '$1msg := "not allowed"',
    )
    .replaceAll(/(["'])msg\1\s*:\s*(?:sprintf\((?:[^()]|\([^()]*\))*\)|"(?:\\.|[^"\\\n])*")/g, '"msg": "not allowed"');
}

/** Every local variable, function and helper rule under another name. */
export function renamedVariables(rego: string): string | undefined {
  const all = tokens(rego);
  const code = all.filter((token) => !/^\s+$/.test(token) && !token.startsWith('#'));
  const isName = (token: string | undefined): token is string =>
    token !== undefined &&
    /^[A-Za-z_]\w*$/.test(token) &&
    !KEYWORDS.has(token) &&
    token !== '_' &&
    token !== 'violation';
  const names = new Set<string>();
  for (const [i, token] of code.entries()) {
    if (isName(token) && code[i + 1] === ':=' && code[i - 1] !== '.') names.add(token);
    if (token === 'some' || token === 'every')
      for (let at = i + 1; isName(code[at]); at += 2) {
        names.add(code[at] as string);
        if (code[at + 1] !== ',') break;
      }
  }
  for (const [, name, open, rest] of rego.matchAll(
    /^(?:default\s+)?([a-z_]\w*)(\(|\[|\s*(?::?=|\{|if\b|contains\b))([^\n]*)/gm,
  )) {
    if (!isName(name)) continue;
    names.add(name);
    if (open === '(')
      for (const parameter of (rest ?? '').split(')')[0]?.split(',') ?? [])
        if (isName(parameter.trim())) names.add(parameter.trim());
  }
  // Functions of libraries keep theirs, since other modules call them.
  if (/\bimport data\b|^package lib/m.test(rego)) return undefined;
  let before = '';
  const fresh = new Map([...names].map((name, i) => [name, `n${i}z`]));
  return all
    .map((token, i) => {
      const renamed = before !== '.' && fresh.has(token) && all[i - 1] !== '.' ? (fresh.get(token) as string) : token;
      if (!/^\s+$/.test(token)) before = token;
      return renamed;
    })
    .join('');
}

/** The head of a module (package, imports) and its rules. */
function chunks(rego: string): { head: string; rules: string[] } {
  const head: string[] = [];
  const rules: string[] = [];
  let depth = 0;
  for (const line of rego.split('\n')) {
    const starts = depth === 0 && /^[a-z_]/.test(line);
    if (starts && /^(package|import)\b/.test(line)) head.push(line);
    else if (starts || rules.length === 0) rules.push(line);
    else rules[rules.length - 1] += `\n${line}`;
    for (const token of tokens(line)) depth += /^[{[(]$/.test(token) ? 1 : /^[)\]}]$/.test(token) ? -1 : 0;
  }
  return { head: head.join('\n'), rules: rules.filter((rule) => rule.trim() !== '') };
}

export function rulesShuffled(rego: string, next: () => number): string {
  const { head, rules } = chunks(rego);
  return `${head}\n\n${shuffled(rules, next).join('\n\n')}\n`;
}

/** `violation` takes what another rule finds. */
function helperRule(rego: string): string | undefined {
  const heads = /^violation\[\{"msg": msg\}\]/gm;
  const newer = /^violation contains \{"msg": msg\}/gm;
  if (/^violation/gm.exec(rego) === null) return undefined;
  if (rego.match(/^violation/gm)?.length === rego.match(heads)?.length)
    return `${rego.replaceAll(heads, 'found[msg]')}\nviolation[{"msg": msg}] {\n  found[msg]\n}\n`;
  if (rego.match(/^violation/gm)?.length === rego.match(newer)?.length)
    return `${rego.replaceAll(newer, 'found contains msg')}\nviolation contains {"msg": msg} if {\n  some msg in found\n}\n`;
  return undefined;
}

/** The judged object by a rule of its own. */
function subjectRule(rego: string): string | undefined {
  if (!/\binput\.review\.object\b/.test(rego) || /^package lib/m.test(rego)) return undefined;
  const { head, rules } = chunks(rego);
  return `${head}\n\nsubject := input.review.object\n\n${rules.join('\n').replaceAll(/\binput\.review\.object\b/g, 'subject')}\n`;
}

const SWAPPED: Record<string, string> = { '==': '==', '!=': '!=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** Comparisons that are a line of their own, the other way round. */
export function readBackwards(rego: string): string {
  return rego.replaceAll(
    /^([ \t]*)([\w.[\]"'/-]+) (==|!=|<=|>=|<|>) ([\w.[\]"'/-]+)$/gm,
    (_, indent, left, sign, right) => `${indent}${right} ${SWAPPED[sign]} ${left}`,
  );
}

const isNew = (rego: string): boolean =>
  /^violation contains/m.test(rego) || /\bimport (?:rego\.v1|future\.keywords\.if|future\.keywords$)/m.test(rego);
const head = (rego: string, name: string): string => (isNew(rego) ? `${name} if` : name);
const setHead = (rego: string, name: string, member: string): string =>
  isNew(rego) ? `${name} contains ${member} if` : `${name}[${member}]`;
const same = (before: string, after: string): string | undefined => (before === after ? undefined : after);

/** `x := list[_]` with a name for the position. */
function indexed(rego: string): string | undefined {
  let next = 0;
  const after = rego.replaceAll(/^([ \t]*)(\w+ := [\w.[\]"]+)\[_\]$/gm, (_, indent, loop) => {
    next += 1;
    return `${indent}some at${next}z\n${indent}${loop}[at${next}z]`;
  });
  return same(rego, after);
}

/** The containers by a set of their own. */
function gathered(rego: string): string | undefined {
  const list = 'input.review.object.spec.template.spec.containers[_]';
  const pod = 'input.review.object.spec.containers[_]';
  const used = [list, pod].find((path) => rego.includes(path));
  if (!used || /^package lib/m.test(rego)) return undefined;
  return `${rego.replaceAll(used, 'things9[_]')}\n${setHead(rego, 'things9', 'each9')} {\n  each9 := ${used}\n}\n`;
}

/** `a.b.c` as `a["b"]["c"]`. */
const bracketed = (rego: string): string | undefined =>
  same(
    rego,
    rego.replaceAll(
      /\b(input\.review\.object)((?:\.[a-zA-Z]\w*)+)/g,
      (_, root, path: string) =>
        root +
        path
          .slice(1)
          .split('.')
          .map((key) => `["${key}"]`)
          .join(''),
    ),
  );

/** Conditions on one variable by functions of their own. */
function byFunctions(rego: string): string | undefined {
  if (/^package lib/m.test(rego)) return undefined;
  const added: string[] = [];
  const after = rego.replaceAll(
    /^([ \t]+)(not )?([a-z]\w*)((?:\.\w+)+(?: (?:==|!=|>|<|>=|<=) (?:"[^"\n]*"|\d+|true|false))?)$/gm,
    (all, indent, no, name, rest) => {
      if (name === 'input' || name === 'data') return all;
      added.push(`${head(rego, `said${added.length}(x9)`)} {\n  x9${rest}\n}`);
      return `${indent}${no ?? ''}said${added.length - 1}(${name})`;
    },
  );
  return same(rego, `${after}\n${added.join('\n\n')}${added.length > 0 ? '\n' : ''}`.replace(/\n\n$/, '\n'));
}

/** `x == "a"` as a member of a set. */
const membership = (rego: string): string | undefined =>
  same(rego, rego.replaceAll(/^([ \t]+)([a-z]\w*(?:\.\w+)+) == ("[^"\n]*")$/gm, '$1{$3}[$2]'));

/** `not x.a.b` by `object.get`. */
const gotten = (rego: string): string | undefined =>
  same(
    rego,
    rego.replaceAll(/^([ \t]+)not ([a-z]\w*)((?:\.[a-zA-Z]\w*)+)$/gm, (all, indent, name, path: string) => {
      const keys = path.slice(1).split('.');
      const [start, own] = name === 'input' ? ['input.review.object', keys.slice(2)] : [name, keys];
      if (name === 'data' || own.length === 0 || (name === 'input' && keys[1] !== 'object')) return all;
      return `${indent}object.get(${start}, ${JSON.stringify(own)}, false) == false`;
    }),
  );

/** Conditions gathered in a comprehension that is not to be empty. */
function counted(rego: string): string | undefined {
  const quiet = silent(rego);
  const after = quiet.replaceAll(
    /^(violation(?:\[\{"msg": msg\}\]| contains \{"msg": msg\} if) \{\n)((?:[ \t]+[^\n]+\n)+?)([ \t]+msg := "not allowed"\n\})/gm,
    (_, open, body: string, close) =>
      `${open}  all9 := [1 |\n${body
        .replace(/\n$/, '')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .join('\n')}\n  ]\n  count(all9) > 0\n${close}`,
  );
  return after === quiet ? undefined : after;
}

/** Ways to say the same, by what they put in place of what. */
export const REGO_CHANGES: Readonly<Record<string, (rego: string) => string | undefined>> = {
  'positions by name': indexed,
  'containers by a set': gathered,
  'paths in brackets': bracketed,
  'conditions by functions': byFunctions,
  'equal as a member': membership,
  'missing by object.get': gotten,
  'conditions counted': counted,
  'findings by a set': helperRule,
  'the object by a rule': subjectRule,
};
