import { OpslineError } from '../../errors.ts';
import { at, objects, text } from '../../json.ts';
import type { Verdict } from '../../kubernetes/client.ts';
import type { Violation } from '../violation.ts';
import { fieldKeys } from './field-path.ts';

/** One thing that an API server has against an object, and the field where it names one. */
export type Objection = Pick<Violation, 'policy' | 'rule' | 'message' | 'failed'> & {
  readonly field?: readonly string[];
};

/** What a dry run says: objections (none where the object would be taken), or why it says nothing of the object. */
export type Reading = { readonly objections: readonly Objection[] } | { readonly unjudged: string };

/** Refusals that are about what else there is in the cluster, not about the object. */
const UNJUDGED: readonly RegExp[] = [
  /error looking up service account/,
  /does not support dry run/,
  /because it is being terminated/,
  /no API token found for service account/,
];

const objection = (kind: string, name: string, message: string, more: Partial<Objection> = {}): Objection => ({
  policy: { kind, name },
  message: message.trim(),
  ...more,
});

/** `a (b, c), d (e)` at the commas outside of brackets and quotes. */
function splitOutside(list: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, begin] = [0, false, 0];
  for (const [i, sign] of [...list].entries()) {
    if (sign === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (sign === '(' || sign === '[') depth++;
    else if (sign === ')' || sign === ']') depth--;
    else if (sign === ',' && depth === 0) {
      parts.push([...list].slice(begin, i).join(''));
      begin = i + 1;
    }
  }
  return [...parts, [...list].slice(begin).join('')].map((part) => part.trim()).filter((part) => part !== '');
}

/** `restricted:latest` and its controls, each with what must be set where. */
function podSecurity(message: string): Objection[] {
  const [, level = '', controls = ''] = /violates? PodSecurity "([^"]*)": (.*)/s.exec(message) ?? [];
  return splitOutside(controls).map((control) =>
    objection('PodSecurity', level, `violates PodSecurity "${level}": ${control}`, {
      rule: control.split(' (')[0]?.trim() ?? control,
    }),
  );
}

/** Several of Gatekeeper's constraints or Kyverno's policies in one refusal of their webhook. */
function webhook(name: string, said: string): Objection[] {
  const constraints = [...said.matchAll(/^\[([\w.-]+)\] (.*(?:\n(?!\[[\w.-]+\] ).*)*)/gm)];
  if (name.endsWith('gatekeeper.sh') && constraints.length > 0)
    return constraints.map(([, constraint = '', message = '']) => objection('Constraint', constraint, message));
  const rules: Objection[] = [];
  const [, listed] = /due to the following policies\s*\n(.*)/s.exec(said) ?? [];
  let policy = '';
  for (const line of listed?.split('\n') ?? []) {
    policy = /^([\w.-]+):\s*$/.exec(line)?.[1] ?? policy;
    const [, rule, message] = /^ {2}([\w.-]+): (.*)$/.exec(line) ?? [];
    const last = rules.at(-1);
    if (rule !== undefined && policy !== '')
      rules.push(objection('ClusterPolicy', policy, (message ?? '').replaceAll(/^['"]|['"]$/g, ''), { rule }));
    else if (last !== undefined && /^ {4}/.test(line))
      rules[rules.length - 1] = { ...last, message: `${last.message} ${line.trim()}` };
  }
  return rules.length > 0 ? rules : [objection('AdmissionWebhook', name, said)];
}

/** What admission says, by the words of those who say it. */
function admission(message: string): Objection[] | undefined {
  if (message.includes('violates PodSecurity "')) return podSecurity(message);
  const [, policy, own] =
    /ValidatingAdmissionPolicy '([^']+)' with binding '[^']*' denied request: (.*)/s.exec(message) ?? [];
  if (policy !== undefined) {
    const failed = /^expression '.*' resulted in error: /s.test(own ?? '') ? { failed: true } : {};
    return [objection('ValidatingAdmissionPolicy', policy, own ?? '', failed)];
  }
  const [, hook, said] =
    /admission webhook "([^"]+)" denied the request(?:: (.*)| without explanation)/s.exec(message) ?? [];
  if (hook !== undefined) return webhook(hook, said ?? 'denied without explanation');
  const [quota, name] = /(?:exceeded|failed) quota: ([\w.-]+?)[,:] .*/s.exec(message) ?? [];
  if (name !== undefined) return [objection('ResourceQuota', name, quota ?? '')];
  return undefined;
}

/** The fields that the server itself finds wrong. */
function invalid(body: Verdict['body'], message: string): Objection[] {
  const unknown = [...message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)];
  if (unknown.length > 0)
    return unknown.map(([words, rule = '', field = '']) =>
      objection('APIServer', 'decoding', words, { rule, field: fieldKeys(field) }),
    );
  const causes = objects(at(body, 'details', 'causes')).flatMap((cause) => {
    const field = text(cause.field);
    const said = text(cause.message);
    if (said === undefined) return [];
    return [
      objection('APIServer', 'validation', field === undefined ? said : `${field}: ${said}`, {
        rule: text(cause.reason) ?? 'invalid',
        ...(field === undefined || field.includes('<') ? {} : { field: fieldKeys(field) }),
      }),
    ];
  });
  return causes.length > 0 ? causes : [objection('APIServer', 'validation', message)];
}

/**
 * Reads a dry run's verdict, in the words of Kubernetes' own admission plugins, of Gatekeeper and of Kyverno. Throws
 * `cluster-forbidden` where the user may not ask, `engine-failed` where the server or a webhook of it could not answer.
 */
export function readVerdict({ status, body, warnings }: Verdict, what: string): Reading {
  if (status >= 200 && status < 300)
    return {
      objections: warnings.filter((warning) => warning.startsWith('would violate PodSecurity "')).flatMap(podSecurity),
    };
  const message = (text(body.message) ?? `status ${status}`).slice(0, 64 * 1024);
  if (status === 403 && /User ".*?" cannot \w+ resource/s.test(message))
    throw new OpslineError('cluster-forbidden', `A dry run of ${what} needs the right to it: ${message.slice(0, 500)}`);
  if (status === 404 || status === 409 || UNJUDGED.some((words) => words.test(message))) return { unjudged: message };
  const admitted = admission(message);
  if (admitted !== undefined) return { objections: admitted };
  if (status === 400 || status === 422) return { objections: invalid(body, message) };
  if (status === 403)
    return { objections: [objection('Admission', 'forbidden', message.replace(/^.*? is forbidden: /s, ''))] };
  throw new OpslineError(
    'engine-failed',
    `The API server gave no verdict on ${what} (status ${status}): ${message.slice(0, 500)}`,
  );
}
