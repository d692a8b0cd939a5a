import type { KubeObject } from '../../../../src/policy/violation.ts';
import { type Answer, written } from './answer.ts';
import type { Case } from './cases.ts';
import { random } from './cases.ts';
import { CEL_CHANGES, celRewritten, sidesApart } from './cel.ts';
import { KYVERNO_CHANGES } from './kyverno.ts';
import * as names from './names.ts';
import * as objects from './objects.ts';
import * as policies from './policies.ts';
import { REGO_CHANGES } from './rego.ts';
import { type PolicyChange, regoChanged } from './templates.ts';
import { amongOthers, inList, STYLES } from './texts.ts';

/** A change that must not change what the pipeline does. */
export interface Change {
  readonly name: string;
  /** The changed case; undefined where the change does not apply. `first` answers to the case as given. */
  make(given: Case, seed: string, first: () => Promise<Answer>): Case | undefined | Promise<Case | undefined>;
  /** What the mended objects become by the same change. */
  readonly carries?: (object: KubeObject, seed: string) => KubeObject | undefined;
  /** Whether what is asked stays the same. */
  readonly asks?: false;
  /** The part of an object that is compared. */
  readonly narrow?: (object: KubeObject) => unknown;
}

const textOf = ({ policies }: Case): string => JSON.stringify(policies);

const ofPolicies = (name: string, change: PolicyChange): Change => ({
  name: `policy: ${name}`,
  make: (given, seed) => {
    const after = change(given.policies, random(seed));
    return after && { ...given, policies: after };
  },
});

const ofObjects = (
  name: string,
  change: objects.ObjectChange,
  fair: (given: Case) => boolean = () => true,
  rest: Partial<Change> = {},
): Change => ({
  name: `object: ${name}`,
  make: (given, seed) => {
    if (!fair(given)) return undefined;
    const after = given.objects.map((object) => change(object, random(seed)));
    if (after.every((object) => object === undefined)) return undefined;
    return { ...given, objects: after.map((object, i) => object ?? (given.objects[i] as KubeObject)) };
  },
  carries: (object, seed) => change(object, random(seed)) ?? object,
  ...rest,
});

const says = (given: Case, of: (object: KubeObject) => unknown): boolean =>
  given.objects.some((object) => {
    const word = of(object);
    return typeof word === 'string' && textOf(given).includes(word);
  });

export const CHANGES: readonly Change[] = [
  ofPolicies('written anew', (given) => [...given]),
  ofPolicies('renamed', names.renamed),
  ofPolicies('silenced', names.silenced),
  ofPolicies('variables renamed', names.variablesRenamed),
  ofPolicies('reordered', policies.reordered),
  ofPolicies('split', policies.split),
  ofPolicies('any for all', policies.anyForAll),
  ofPolicies('action elsewhere', policies.actionElsewhere),
  ofPolicies('subject named', policies.subjectNamed),
  ofPolicies('comparisons backwards', policies.backwards),
  ...Object.entries(CEL_CHANGES).map(([name, change]) =>
    ofPolicies(`CEL, ${name}`, (given) => celRewritten(given, change)),
  ),
  ofPolicies('CEL, sides apart', sidesApart),
  ...Object.entries(REGO_CHANGES).map(([name, change]) =>
    ofPolicies(`Rego, ${name}`, (given) => regoChanged(given, change)),
  ),
  ...Object.entries(KYVERNO_CHANGES).map(([name, change]) => ofPolicies(`Kyverno, ${name}`, change)),
  {
    name: 'policy style: flow',
    make: (given) => ({ ...given, policyText: STYLES.flow(given.policies) }),
  },
  ...Object.entries(STYLES).map(
    ([style, write]): Change => ({
      name: `style: ${style}`,
      make: (given) => ({ ...given, text: write(given.objects) }),
    }),
  ),
  { name: 'style: among others', make: (given) => ({ ...given, text: written(amongOthers(given.objects)) }) },
  { name: 'style: in a List', make: (given) => ({ ...given, text: written(inList(given.objects)) }) },
  ofObjects('keys reordered', (object, next) => objects.keysShuffled(object, next) as KubeObject),
  ofObjects('extra fields', objects.extraFields),
  ofObjects('other name', objects.otherName, (given) => !says(given, ({ metadata }) => metadata?.name), {
    asks: false,
  }),
  ofObjects(
    'other namespace',
    objects.otherNamespace,
    (given) => !says(given, ({ kind, metadata }) => (kind === 'Namespace' ? metadata?.name : metadata?.namespace)),
    { asks: false },
  ),
  ofObjects(
    'containers renamed',
    objects.containersRenamed,
    (given) => !says(given, ({ spec, ...object }) => objects.podOf({ ...object, spec })?.spec.containers?.[0]?.name),
    { asks: false },
  ),
  ofObjects('second container like the first', objects.secondContainer, undefined, { asks: false }),
  ofObjects('first container twice', objects.firstContainerTwice, undefined, { asks: false }),
  {
    name: 'object: container that complies first',
    make: async (given, _, answer) => {
      if (given.objects.every((object) => objects.podOf(object) === undefined)) return undefined;
      const first = await answer();
      if (first.outcome !== 'fixed') return undefined;
      const after = given.objects.map((object, i) => {
        const good = objects.podOf(first.objects[i] as KubeObject)?.spec.containers?.[0];
        return (
          good &&
          objects.withPodSpec(object, (spec) => {
            const { ports: _, ...rest } = good;
            return { ...spec, containers: [{ ...structuredClone(rest), name: `${good.name}-0` }, ...spec.containers] };
          })
        );
      });
      if (after.some((object) => !object)) return undefined;
      return { ...given, objects: after as KubeObject[] };
    },
    carries: objects.firstContainerTwice as (object: KubeObject) => KubeObject | undefined,
    asks: false,
  },
  ...objects.WORKLOADS.map((kind) =>
    ofObjects(`as ${kind}`, (object) => objects.asWorkload(object, kind), undefined, {
      asks: false,
      narrow: (object) => objects.podOf(object)?.spec,
    }),
  ),
];
