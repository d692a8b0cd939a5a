import { posix } from 'node:path';
import { readConfig } from '../../../src/config.ts';
import { OpslineError } from '../../../src/errors.ts';
import { withFetched } from '../../../src/git/fetch.ts';
import { isSafeFileName } from '../../../src/manifest/diff.ts';
import { buildKustomization } from '../../../src/manifest/kustomize/build.ts';
import { isKustomization } from '../../../src/manifest/kustomize/files.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { FIX_LIMITS, type GitSource } from '../schema.ts';
import { resourcesOf } from './objects.ts';
import { folderText, type SourceText, treeOf } from './read.ts';

/** What was read of a revision. */
export interface GitFiles {
  readonly commit: string;
  readonly manifests: readonly SourceText[];
  readonly policies: readonly SourceText[];
  readonly notes: readonly string[];
}

const MOST_NOTES = 20;
const YAML = /\.(ya?ml|json)$/;

/** A path of the repository as it is compared: without `./` before and `/` behind it. */
function plainPath(path: string): string {
  return posix.normalize(path || '.').replace(/^(?:\.\/)+|^\.$|\/+$/g, '');
}

const isBelow = (file: string, path: string): boolean => path === '' || file === path || file.startsWith(`${path}/`);

/** Whether a file that no kustomization reads holds objects and nothing else; values of charts and the like do not. */
function holdsObjects({ file, text }: SourceText): boolean {
  try {
    return resourcesOf([parseManifest(file, text)]).length > 0;
  } catch (error) {
    if (error instanceof OpslineError) return false;
    throw error;
  }
}

/**
 * Reads manifests and policies of one revision: what lies below the paths, and what kustomizations there build on. Files without
 * Kubernetes objects are left out, in words in `notes`. Looks outside: call it in `step.read`. Throws what `withFetched` does, and
 * `invalid-input` for paths below which there is nothing.
 */
export async function readGitFiles(source: GitSource, signal: AbortSignal): Promise<GitFiles> {
  const { gitHosts = [] } = readConfig(process.env);
  return withFetched(source, gitHosts, signal, async (repository, commit) => {
    const { texts, leftOut } = await repository.texts(await repository.tree(commit));
    const below = (paths: readonly string[]): string[] =>
      [...texts.keys()].filter((file) => paths.some((path) => isBelow(file, plainPath(path))));
    const policies = below(source.policies).filter((file) => YAML.test(file));
    const tree = treeOf(texts);
    const found = below(source.paths).filter((file) => YAML.test(file) || isKustomization(file));
    const built = found
      .filter(isKustomization)
      .flatMap((file) => [...buildKustomization(tree, plainPath(posix.dirname(file))).files]);
    const read = new Set(built);
    const asText = (file: string): SourceText => ({ file, text: texts.get(file) ?? '' });
    const loose = found.filter((file) => !read.has(file) && !isKustomization(file) && !policies.includes(file));
    const without = loose.filter((file) => !isSafeFileName(file) || !holdsObjects(asText(file)));
    const names = [...new Set([...loose.filter((file) => !without.includes(file)), ...read])].sort();
    const manifests = names.filter((file) => YAML.test(file) || isKustomization(file)).map(asText);
    const nothing = [
      ...(manifests.length === 0 ? [`no manifest below ${source.paths.map(folderText).join(', ')}`] : []),
      ...(source.policies.length > 0 && policies.length === 0 ? [`no policy below ${source.policies.join(', ')}`] : []),
    ];
    if (nothing.length > 0)
      throw new OpslineError('invalid-input', `The revision ${commit.slice(0, 10)} has ${nothing.join(', and ')}.`);
    const total = [...manifests, ...policies.map(asText)].reduce((sum, { text }) => sum + text.length, 0);
    if (manifests.length > FIX_LIMITS.files || total > FIX_LIMITS.totalBytes)
      throw new OpslineError(
        'payload-too-large',
        `${manifests.length} files with ${total} characters: name fewer paths.`,
      );
    const notes = [...without.map((file) => `${file}: no Kubernetes objects, or none that can be read`), ...leftOut];
    return {
      commit,
      manifests,
      policies: policies.map(asText),
      notes:
        notes.length > MOST_NOTES
          ? [...notes.slice(0, MOST_NOTES), `and ${notes.length - MOST_NOTES} more files`]
          : notes,
    };
  });
}
