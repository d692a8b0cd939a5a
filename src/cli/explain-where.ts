import { existsSync } from 'node:fs';
import type { ClusterSource, Config } from '../config.ts';
import { OpslineError } from '../errors.ts';

/** What the command line says of where to look. */
export interface WhereFlags {
  readonly from?: readonly string[];
  readonly target?: string;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly context?: string;
  readonly cluster?: string;
}

/** Files to read, what the caller points at, and whether a cluster is to be read. */
export interface Where {
  readonly paths: readonly string[];
  readonly target?: string;
  readonly live: boolean;
}

const LIKE_A_PATH = /^(?:[./~]|.*[\\])|\.(?:txt|log|out|ya?ml|json|md|gz|tar|tgz|zip)$/i;

function wrong(detail: string): OpslineError {
  return new OpslineError('invalid-input', detail);
}

/**
 * Tells files from a target. What exists or looks like a path is evidence, unless `--from` says what is; the one word left is what
 * to explain. Evidence alone leaves every cluster alone, until somebody says which (`-n`, `-A`, `--context`, `--cluster`).
 */
export function whereOf(words: readonly string[], flags: WhereFlags): Where {
  const isPath = (word: string): boolean => word === '-' || LIKE_A_PATH.test(word) || existsSync(word);
  const found = flags.from === undefined ? words.filter(isPath) : [];
  const [first, ...others] = words.filter((word) => !found.includes(word));
  if (others.length > 0)
    throw wrong(
      `One thing can be explained at a time, not ${[first, ...others].join(', ')}. Evidence is named with --from.`,
    );
  if (first !== undefined && flags.target !== undefined)
    throw wrong(`Two targets are named: ${first} and, with --target, ${flags.target}. Name one.`);
  const target = first ?? flags.target;
  const paths = [...(flags.from ?? []), ...found];
  const { namespace, allNamespaces, context, cluster } = flags;
  if (namespace !== undefined && allNamespaces === true)
    throw wrong('-n names a namespace and -A all of them: leave out one.');
  const said = namespace !== undefined || allNamespaces === true || context !== undefined || cluster !== undefined;
  return { paths, live: paths.length === 0 || said, ...(target === undefined ? {} : { target }) };
}

/** The cluster as the request names it, and what that name stands for here; a service looks it up in its own configuration. */
export async function clusterOf(
  { paths }: Where,
  { context, cluster }: WhereFlags,
  { serverUrl }: Config,
): Promise<{ name: string; source?: ClusterSource }> {
  if (serverUrl !== undefined) {
    if (context !== undefined)
      throw wrong(
        'A service reads the clusters of its own configuration: name one of those with --cluster, not --context.',
      );
    if (cluster !== undefined) return { name: cluster };
    throw wrong(
      'Say which of its clusters the service is to read with --cluster, or give evidence: files, folders, or -.',
    );
  }
  if (cluster !== undefined)
    throw wrong('--cluster names a cluster of a service (--server); here it is --context, as with kubectl.');
  const source: ClusterSource = { kind: 'kubeconfig', ...(context === undefined ? {} : { context }) };
  const { accessOf } = await import('../kubernetes/kubeconfig.ts');
  try {
    return { name: (await accessOf(source)).name, source };
  } catch (error) {
    // Where there is evidence, the answer stands on that, and says what was wrong here.
    if (paths.length === 0) throw error;
    return { name: context ?? 'current-context', source };
  }
}
