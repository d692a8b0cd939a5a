import { behind, servicesIn } from '../../../../src/evidence/calls.ts';
import { list } from '../../../../src/evidence/commands/kubectl.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { inOtherNamespace, sameObject } from '../../../../src/evidence/model.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, strings, text } from '../../../../src/json.ts';
import { cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { podOfLog, subjectOf } from '../startup/log-errors.ts';
import { picks, supposedLabels } from './pod-labels.ts';

/**
 * What Envoy answers, and what its access log says, where an AuthorizationPolicy lets a request not through; and what Linkerd's proxy logs
 * where none does that is for its Server.
 */
const DENIED =
  /RBAC: access denied|rbac_access_denied(?:_matched_policy\[([^\]]*)\])?|(?:Request|Connection) denied\b[^\n]{0,80}\bserver\.(?:group|kind|name)=|unauthorized (?:request|connection) on (?:route|server)/;
/** The Server of Linkerd that a request came to. */
const SERVER = /\bserver\.name="?([\w.-]+)/;

/** `name.namespace` and `name`, as hosts of a URL or before a port. */
const HOST =
  /(?:\/\/|@|(?<![\w.:/-]))([a-z0-9][a-z0-9-]*)(?:\.([a-z0-9][a-z0-9-]*))?(?::\d{2,5}\b|(?<=\/\/[\w.-]*)\/)/g;

/**
 * Services that a line addresses by their names, whether anything of them is seen or not: by the whole name; by name and namespace, where the
 * evidence knows this namespace; or by the bare name, in the namespace of the `client`.
 */
function addressed(view: View, said: string, client: ObjectRef | undefined): ObjectRef[] {
  const spaces = new Set(view.scene.objects.flatMap(({ ref }) => ref.namespace ?? []));
  const whole = [...said.matchAll(/(?<![\w.-])([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc\b/g)];
  const short = [...said.matchAll(HOST)].filter(([, , namespace]) => namespace === undefined || spaces.has(namespace));
  const names = new Map(
    [...whole, ...short].flatMap(([, name = '', namespace = client?.namespace]) =>
      namespace === undefined ? [] : [[`${namespace}/${name}`, { kind: 'Service', name, namespace }] as const],
    ),
  );
  return [...names.values()];
}

interface Denial {
  readonly callees: readonly ObjectRef[];
  readonly client: ObjectRef | undefined;
  /** `ns[…]-policy[name]-rule[…]` of a policy that denies by itself. */
  readonly policy: string | undefined;
  /** Linkerd's. */
  readonly server?: string;
  readonly citation: Citation;
}

function denials(view: View): Denial[] {
  const fromLogs = view.scene.logs.flatMap((log): Denial[] => {
    // Of a structured line the body and the URL may be members of their own.
    const line = log.lines.find(({ raw }) => DENIED.test(raw.slice(0, 4000)));
    if (line === undefined) return [];
    const said = line.raw.slice(0, 4000);
    const matched = DENIED.exec(said);
    const quote = line.raw.slice(0, 400);
    const subject = subjectOf(view, log);
    const pod = podOfLog(view, log);
    // The access log of a proxy tells of its own pod's requests; anything else, of what it called.
    const server = SERVER.exec(said)?.[1];
    const inbound =
      server !== undefined || (/rbac_access_denied|unauthorized /.test(said) && /\binbound[|:]/.test(said));
    const seen = behind(view.scene, view.pods, servicesIn(view.scene, said));
    const called = (seen.length > 0 ? seen : addressed(view, said, inbound ? undefined : subject)).filter(
      (ref) => ref.name !== subject?.name,
    );
    return [
      {
        callees: inbound && subject !== undefined ? [subject, ...(pod === undefined ? [] : [pod.ref])] : called,
        client: inbound ? undefined : subject,
        ...(server === undefined ? {} : { server }),
        policy: /policy\[([^\]]+)\]/.exec(matched?.[1] ?? said)?.[1],
        citation: { evidence: log.item.id, lines: { from: line.n, to: line.n }, quote },
      },
    ];
  });
  const fromAnswers = view.scene.items.flatMap((item): Denial[] => {
    if (!/\b(?:curl|wget|grpcurl)\b/.test(item.command ?? '')) return [];
    const lines = item.text.split('\n');
    const index = lines.findIndex((line) => DENIED.test(line));
    if (index < 0) return [];
    const n = item.lines.from + index;
    return [
      {
        callees: behind(view.scene, view.pods, servicesIn(view.scene, (item.command ?? '').replace(/^.*?\s--\s/, ''))),
        client: undefined,
        policy: undefined,
        citation: { evidence: item.id, lines: { from: n, to: n }, quote: (lines[index] ?? '').slice(0, 400) },
      },
    ];
  });
  return [...fromLogs, ...fromAnswers];
}

/** Whether a policy is for what was called: certainly (its selector picks it), perhaps (all of its namespace), or not. */
function covers(view: View, policy: SceneObject, callees: readonly ObjectRef[]): number {
  const { namespace } = policy.ref;
  if (callees.some((ref) => inOtherNamespace(ref, policy.ref))) return namespace === 'istio-system' ? 1 : 0;
  const selector = at(policy.object, 'spec', 'selector', 'matchLabels');
  if (selector === undefined) return 1;
  const asNetworkPolicy = { spec: { podSelector: { matchLabels: selector } } };
  // Of what is called nothing but its name is seen: a policy of its namespace that selects this name is for it.
  const unseen = callees.filter(
    (callee) =>
      view.pods.every(({ ref }) => inOtherNamespace(ref, callee)) ||
      (callee.kind === 'Service' && findObject(view.scene, callee) === undefined),
  );
  const names = Object.values(strings(selector));
  if (unseen.some(({ name, namespace: own }) => own === namespace && names.includes(name))) return 2;
  const pods = view.pods.filter(({ ref }) =>
    [ref, workloadOf(view.scene, ref)].some((own) => callees.some((callee) => sameObject(callee, own))),
  );
  return pods.some((pod) => picks({ matchLabels: selector }, supposedLabels(view, asNetworkPolicy, pod)) === true)
    ? 2
    : 0;
}

/** Whether a policy of Linkerd is for the Server that denied: it names it, or all of its namespace. Undefined for others. */
function isFor({ object, ref }: SceneObject, { server, callees }: Denial): number | undefined {
  const target = at(object, 'spec', 'targetRef');
  if (server === undefined || target === undefined) return undefined;
  if (text(at(target, 'kind')) === 'Server') return text(at(target, 'name')) === server ? 3 : 0;
  return callees.some(({ namespace }) => namespace === ref.namespace) ? 1 : 0;
}

export const meshAuthorizationDenied: Analyzer = {
  kind: 'mesh-authorization-denied',
  stage: 'network',
  depth: DEPTH.config,
  title: 'An AuthorizationPolicy of the mesh denies the request',
  about:
    'The proxy before the callee answers 403 (`RBAC: access denied`): an AuthorizationPolicy denies the caller, or allows others only. The program itself never sees the request.',
  remedy: 'Add the caller to the rules of the policy, or take the policy back.',
  find: (view) => {
    const found = denials(view);
    const policies = view.scene.objects.filter(({ ref }) => ref.kind === 'AuthorizationPolicy');
    return found.flatMap((denial): Draft[] => {
      const fit = policies
        .map((policy) => ({
          policy,
          fit: denial.policy === policy.ref.name ? 3 : (isFor(policy, denial) ?? covers(view, policy, denial.callees)),
        }))
        .filter((one) => one.fit > 0)
        .sort((a, b) => b.fit - a.fit)[0];
      const [callee] = denial.callees;
      const { server } = denial;
      const own = callee?.namespace === undefined ? {} : { namespace: callee.namespace };
      const object = fit?.policy.ref ?? (server === undefined ? callee : { kind: 'Server', name: server, ...own });
      if (object === undefined) return [];
      const action = text(at(fit?.policy.object, 'spec', 'action')) ?? 'ALLOW';
      const what = callee === undefined ? 'what is called' : named(workloadOf(view.scene, callee));
      return [
        {
          object,
          summary:
            fit === undefined
              ? `The mesh lets requests to ${what} not through (${server === undefined ? 'RBAC: access denied' : `no policy for the Server \`${server}\` authorizes it`}); its AuthorizationPolicy is not in the evidence`
              : `${named(object)} (${action}) lets a request to ${what} not through: the proxy answers 403`,
          confidence: fit === undefined ? 0.75 : fit.fit === 1 ? 0.86 : 0.94,
          severity: 'failed',
          citations: [
            fit === undefined
              ? undefined
              : (cite(fit.policy, /action:|principals|namespaces|rules/) ?? citeAny(fit.policy)),
            denial.citation,
          ],
          involves: [...denial.callees, ...(denial.client === undefined ? [] : [denial.client])],
          remedies: [
            look('Read the policies', list('authorizationpolicies', object, '-o', 'yaml')),
            change('Add the caller to the rules of the policy, or take it back', 'medium'),
          ],
        },
      ];
    });
  },
};
