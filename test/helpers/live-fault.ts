import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ROOT } from './cli.ts';
import type { Written } from './kube-client.ts';
import { PodPlay } from './kubelet-play.ts';

/** Walked: `<stage>/<kind>[_variant].yaml`, one fault each. A new fault needs a file, no code. */
export const LIVE_FAULTS = join(ROOT, 'test/e2e/faults');

export const Named = z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string() });

/** What must have happened before the fault is as it shall be. */
const Wait = z.union([
  z
    .strictObject({ event: z.string(), name: z.string().default('') })
    .describe('an event of this reason, about an object whose name begins so'),
  z.strictObject({
    condition: Named.extend({ type: z.string(), status: z.string().default('True'), reason: z.string().optional() }),
  }),
  z.strictObject({
    application: z
      .strictObject({ sync: z.string(), health: z.string(), phase: z.string(), condition: z.string() })
      .partial(),
  }),
  z.strictObject({ rollout: z.strictObject({ name: z.string(), phase: z.string() }) }),
  z.strictObject({ rolledOut: z.string() }).describe('all replicas of the Deployment are new and available'),
  z.strictObject({ pods: z.int() }).describe('the namespace has so many pods, and the kubelet has reported each'),
  z.strictObject({ status: Named.extend({ field: z.string() }) }).describe('the object has this field of its status'),
  z.strictObject({ there: Named }),
  z
    .strictObject({ denied: z.looseObject({ apiVersion: z.string(), kind: z.string() }) })
    .describe('the API server refuses to create this'),
]);
export type Wait = z.infer<typeof Wait>;

const Nodes = z.array(z.looseObject({ name: z.string() }));

/** The first document of a fault's file. */
const Header = z.strictObject({
  expected: z.strictObject({
    verdict: z.enum(['failed', 'degraded', 'progressing', 'healthy']),
    kind: z.string().optional(),
    object: z.strictObject({ kind: z.string(), name: z.string().optional() }).optional(),
    change: z
      .strictObject({ file: z.string(), after: z.string() })
      .optional()
      .describe('the change in Git that is found when the repository of this fault is given, too'),
  }),
  kubelet: z.array(PodPlay).default([]),
  nodes: Nodes.default([]),
  target: z.string().optional().describe('what is asked about; the whole namespace without it'),
});

/** An Application that syncs the repository of this fault into its namespace, unless told otherwise. */
const ApplicationStep = z.strictObject({
  path: z.string(),
  targetRevision: z.string().optional(),
  repoURL: z.string().optional(),
  project: z.string().optional(),
  namespace: z.string().optional(),
});

/** A later document that is no manifest. */
const Step = z.union([
  z.strictObject({ wait: z.array(Wait) }),
  z.strictObject({ kubelet: z.array(PodPlay) }),
  z.strictObject({ nodes: Nodes }),
  z.strictObject({ commit: z.record(z.string(), z.string()) }).describe('files of the repository of this fault'),
  z.strictObject({ application: ApplicationStep }),
  z.strictObject({ delete: Named }),
  z.strictObject({ patch: Named.extend({ subresource: z.string().default(''), change: z.looseObject({}) }) }),
]);
export type Step = z.infer<typeof Step>;

/** A fault to bring about in a namespace of its own. */
export interface LiveFault {
  /** Such as `startup/image-not-found`. */
  readonly name: string;
  readonly namespace: string;
  readonly expected: z.infer<typeof Header>['expected'];
  readonly header: z.infer<typeof Header>;
  readonly documents: readonly (Step | Written)[];
}

export async function liveFaults(): Promise<LiveFault[]> {
  const files = (await readdir(LIVE_FAULTS, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(files.map((file) => readFault(join(LIVE_FAULTS, file))));
}

async function readFault(file: string): Promise<LiveFault> {
  const name = relative(LIVE_FAULTS, file).replace(/\.yaml$/, '');
  const namespace = `${basename(dirname(file))}-${basename(name).replaceAll('_', '-')}`;
  const text = (await readFile(file, 'utf8')).replaceAll('$' + '{namespace}', namespace);
  const [first, ...rest] = parseAllDocuments(text).map((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${name}: ${document.errors[0].message}`);
    return document.toJS() as unknown;
  });
  const header = Header.parse(first);
  const documents = rest.map((one) => (isManifest(one) ? one : Step.parse(one)));
  return { name, namespace, expected: header.expected, header, documents };
}

export function isManifest(document: unknown): document is Written {
  return typeof document === 'object' && document !== null && 'apiVersion' in document;
}
