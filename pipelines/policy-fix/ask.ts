import { digest } from '../../src/digest.ts';
import { chunksOf } from '../../src/policy/chunks.ts';
import { isUnjudged, type KubeObject, type Violation } from '../../src/policy/violation.ts';
import type { Step } from '../../src/runs/pipeline.ts';
import { askEngines, type OpenCluster } from './judge.ts';
import type { Ask, Candidate } from './minimise.ts';
import { blameless } from './schema-errors.ts';
import { unpackVerdicts } from './verdicts.ts';
import type { Workspace } from './workspace.ts';

/** Objects of one journalled step. */
const STEP_LIMITS = { objects: 2_000, bytes: 16 * 1024 * 1024 } as const;

/** Who is asked. */
interface Court {
  readonly policies: readonly KubeObject[];
  readonly openCluster: OpenCluster;
}

/** Asks the engines in as many journalled steps as the size needs: a crash costs one of them. */
async function judgeAll(
  step: Step,
  name: string,
  resources: readonly KubeObject[],
  context: readonly KubeObject[],
  { policies, openCluster }: Court,
  noticing = false,
): Promise<Violation[][]> {
  const look = (question: Parameters<typeof askEngines>[0], signal: AbortSignal) =>
    askEngines(question, openCluster, signal);
  const verdicts: Violation[][] = [];
  for (const [i, part] of chunksOf(resources, STEP_LIMITS).entries()) {
    const stepName = i === 0 ? `engine-${name}` : `engine-${name}-part-${i + 1}`;
    const question = { resources: part, context, policies, ...(noticing ? { noticing } : {}) };
    verdicts.push(...unpackVerdicts(await step.read(stepName, question, look)));
  }
  return verdicts;
}

/** What Kubernetes' schemas have against an object, by its position. */
export interface Invalid {
  readonly resource: number;
  readonly errors: readonly string[];
}

export interface Asker {
  /** Judges the objects as given, before any candidate. Fails where an engine that is to notice them cannot load a policy. */
  given(): Promise<Violation[][]>;
  readonly ask: Ask;
  /** Judges objects all together, each among all. */
  together(name: string, resources: readonly KubeObject[]): Promise<Violation[][]>;
  /** Of which objects as given an engine could say nothing, and why; known once they were asked about. */
  notes(): readonly string[];
  /** What Kubernetes' schemas have against which of the objects as given; known once they were asked about. */
  invalid(): readonly Invalid[];
}

/**
 * Asks about candidates; what was judged before in this run, and what stands twice among them, is not asked again. The objects
 * as given are asked about first (`prefix` tells the names of its steps from another's of the same run): what the schemas have against them is not said of their candidates, nor what could not be judged.
 */
export function asker(
  { policies, resources, namespaces }: Workspace,
  step: Step,
  openCluster: OpenCluster,
  prefix = '',
): Asker {
  const court: Court = { policies: policies.map(({ json }) => json), openCluster };
  const objects = resources.map(({ object }) => object);
  const context = [...objects, ...namespaces];
  const given = objects.map(digest);
  const known = new Map<string, readonly Violation[]>();
  const asking = async (name: string, candidates: readonly Candidate[], noticing: boolean): Promise<Violation[][]> => {
    const keys = candidates.map(({ object }) => digest(object));
    const open = new Map(
      candidates.flatMap(({ object }, i): [string, KubeObject][] =>
        known.has(keys[i] ?? '') ? [] : [[keys[i] ?? '', object]],
      ),
    );
    const verdicts = await judgeAll(step, prefix + name, [...open.values()], context, court, noticing);
    for (const [i, key] of [...open.keys()].entries()) known.set(key, verdicts[i] ?? []);
    return keys.map((key, at) => {
      const before = known.get(given[candidates[at]?.resource ?? -1] ?? '') ?? [];
      return blameless(known.get(key) ?? [], before).map((violation) => ({ ...violation, resource: at }));
    });
  };
  const invalid = (): Invalid[] =>
    given
      .map((key, resource) => {
        const errors = (known.get(key) ?? []).filter(({ engine }) => engine === 'schema');
        return { resource, errors: errors.map(({ message }) => message) };
      })
      .filter(({ errors }) => errors.length > 0);
  const originals = objects.map((object, resource): Candidate => ({ resource, object }));
  return {
    given: () => asking('before', originals, true),
    ask: (name, candidates) => asking(name, candidates, false),
    invalid,
    together: (name, all) => judgeAll(step, prefix + name, all, [...all, ...namespaces], court),
    notes: () => given.flatMap((key) => (known.get(key) ?? []).filter(isUnjudged).map(({ message }) => message)),
  };
}
