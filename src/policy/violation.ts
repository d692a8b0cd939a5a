/** A Kubernetes object or policy document as parsed JSON. */
// biome-ignore lint/suspicious/noExplicitAny: objects of any kind; readers check what they use
export type KubeObject = { [key: string]: any };

/** Engines that policies are written for. `vap`: ValidatingAdmissionPolicy; `pss`: Pod Security Standards. Kyverno judges by both. */
const POLICY_ENGINE_NAMES = ['gatekeeper', 'kyverno', 'vap', 'pss'] as const;
export type PolicyEngineName = (typeof POLICY_ENGINE_NAMES)[number];

/** `cluster`: the admission of an API server, which has policies of its own. */
export const ENGINE_NAMES = [...POLICY_ENGINE_NAMES, 'cluster'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What a policy engine reported about one object. */
export interface Violation {
  /** Position of the object in the list that was judged. */
  readonly resource: number;
  /** `schema`: no policy, but Kubernetes' own schema of the object's kind has something against it. */
  readonly engine: EngineName | 'schema';
  /** Kind and name of the constraint or policy. */
  readonly policy: { readonly kind: string; readonly name: string };
  /** The rule inside the policy, where the engine has such. */
  readonly rule?: string;
  /** The policy's own words. */
  readonly message: string;
  /** RFC 6901 pointer into the object, where the engine says it. */
  readonly path?: string;
  /** The engine could not evaluate the rule on this object (a missing variable, say), so an admission would fail too. */
  readonly failed?: boolean;
}

const UNJUDGED = 'Unjudged';

/** That an engine could say nothing of an object, or of the part that `rule` names: no denial, and no consent either. */
export function unjudged(engine: EngineName, rule: string, message: string): Omit<Violation, 'resource'> {
  return { engine, policy: { kind: UNJUDGED, name: engine }, rule, message };
}

export const isUnjudged = ({ policy }: Pick<Violation, 'policy'>): boolean => policy.kind === UNJUDGED;

/** A policy that the engine cannot take: the policy's fault, not the object's. */
export interface PolicyProblem {
  readonly policy: { readonly kind: string; readonly name: string };
  readonly message: string;
}

/** What is judged: each object by itself, among `context` (namespaces, and what referential policies look up). */
export interface Judgement {
  /** Several may share an identity: candidates for the same object. */
  readonly resources: readonly KubeObject[];
  readonly context?: readonly KubeObject[];
  readonly policies: readonly KubeObject[];
  /** Asks {@link PolicyEngine.violations} to throw where a policy cannot be loaded, as `loadsAll` says it does. */
  readonly noticing?: boolean;
}

/** One policy engine. Throws `engine-failed` when it dies, times out or says more than it may, `program-missing` without it. */
export interface PolicyEngine {
  readonly name: PolicyEngineName;
  version(signal: AbortSignal): Promise<string>;
  /** Policies the engine refuses to load, each with its words. Empty when all are sound. */
  problems(policies: readonly KubeObject[], signal: AbortSignal): Promise<PolicyProblem[]>;
  /**
   * Whether {@link violations} loads all policies for this judgement and, being `noticing`, throws where one cannot be loaded: then
   * nobody has to look for {@link problems} unless it does. Left out, it never says so.
   */
  loadsAll?(judgement: Judgement): boolean;
  /** What all policies say about all objects, in the objects' order. The policies must be free of {@link problems}. */
  violations(judgement: Judgement, signal: AbortSignal): Promise<Violation[]>;
}

export function nameOf(object: KubeObject): { kind: string; name: string } {
  return { kind: String(object.kind ?? ''), name: String(object.metadata?.name ?? '') };
}

/** What makes two documents the same object in a cluster. */
export function identity(object: KubeObject): string {
  return [object.apiVersion, object.kind, object.metadata?.namespace ?? '', object.metadata?.name ?? ''].join('|');
}

/** By object, then by what `key` says, as text: the engines' own order differs from call to call. */
export function inOrder(violations: readonly Violation[], key: (violation: Violation) => string): Violation[] {
  return violations
    .map((violation) => ({ violation, key: key(violation) }))
    .sort((a, b) => a.violation.resource - b.violation.resource || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ violation }) => violation);
}
