import { isException, judgingPolicies } from './kyverno-rules.ts';
import { byEngine } from './recognise.ts';
import type { KubeObject, PolicyEngineName } from './violation.ts';

const JUDGES: Readonly<Record<PolicyEngineName, (own: readonly KubeObject[]) => boolean>> = {
  // A template says nothing of an object before a constraint asks it to.
  gatekeeper: (own) => own.some(({ kind }) => kind !== 'ConstraintTemplate' && kind !== 'ExpansionTemplate'),
  kyverno: (own) => judgingPolicies(own.filter((document) => !isException(document))).length > 0,
  vap: (own) => own.some(({ kind }) => kind === 'ValidatingAdmissionPolicy'),
  pss: () => true,
};

/** Whether any of the policies could deny an object here: not those that only change, make or delete objects or verify images. */
export const judgesAny = (policies: readonly KubeObject[]): boolean =>
  [...byEngine(policies).engines].some(([name, own]) => JUDGES[name](own));
