import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { sourcesOf } from '../../pipelines/policy-fix/sources/argocd.ts';
import { OpslineError } from '../errors.ts';
import { Workshop } from '../git/branch.ts';
import { remoteUrl } from '../git/remote.ts';
import { isObject, type Json, type JsonObject } from '../manifest/json.ts';
import { isKustomization, isRemoteResource } from '../manifest/kustomize/files.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { SourceFile } from './fix-files.ts';
import { readTextFiles } from './inputs.ts';
import { say } from './io.ts';

const STDIN = 'stdin';

/** Reads manifest or policy files, named as the diff shall name them: relative to where we stand, and never above. */
export async function readYaml(paths: readonly string[], what: 'manifest' | 'policy'): Promise<SourceFile[]> {
  const wanted = `${what} file (.yaml, .yml or .json)`;
  const accept = (name: string): boolean => /\.(ya?ml|json)$/.test(name) || isKustomization(name);
  const files = await readTextFiles(paths, accept, { wanted });
  const inexact = files.find((file) => file.inexact);
  if (inexact) throw new OpslineError('manifest-invalid', `${inexact.name} is not UTF-8. Save it as UTF-8.`);
  return files.map(({ name, text }) => ({ file: inputName(name), text, path: name }));
}

function inputName(path: string): string {
  const name = relative(process.cwd(), resolve(path));
  return name
    .split(sep)
    .join('/')
    .replace(/^(\.{1,2}\/)+/, '');
}

/** The folder of the repository that a path lies in; undefined outside of one. */
function topOf(path: string): string | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Paths that a kustomization names, relative to its folder. Files of generators are left out: no policy reads them here. */
function pathsIn(kustomization: JsonObject): string[] {
  const patches = ['patches', 'patchesJson6902'].flatMap((field) => list(kustomization[field]));
  const named = [
    ...['resources', 'bases', 'components', 'patchesStrategicMerge'].flatMap((field) => list(kustomization[field])),
    ...patches.map((patch) => (isObject(patch) ? (patch.path ?? null) : null)),
  ];
  return named.filter(
    (path): path is string => typeof path === 'string' && !path.includes('\n') && !isRemoteResource(path),
  );
}

/** The documents of a text; none where it cannot be parsed, which the pipeline will say. */
function documentsOf({ file, text }: SourceFile): JsonObject[] {
  try {
    return parseManifest(file, text).documents.map(({ json }) => json);
  } catch {
    return [];
  }
}

/** Reads everything of one repository that kustomizations and Applications lead to. */
class Follower {
  readonly files = new Map<string, SourceFile>();
  readonly #top: string;

  constructor(top: string) {
    this.#top = top;
  }

  async add(found: readonly SourceFile[]): Promise<void> {
    const fresh = found.filter(({ path }) => !this.files.has(resolve(path)));
    for (const file of fresh) this.files.set(resolve(file.path), file);
    for (const file of fresh) {
      const documents = documentsOf(file);
      const paths = isKustomization(file.path) ? documents.slice(0, 1).flatMap(pathsIn) : [];
      for (const path of paths) await this.#follow(resolve(dirname(file.path), path));
      for (const path of await this.#ofApplications(documents)) await this.#follow(path, true);
    }
  }

  /** A file, or a folder with a kustomization; `whole`: a folder without one is read whole. */
  async #follow(path: string, whole = false): Promise<void> {
    const info = isInside(this.#top, path) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (info?.isFile() && !this.files.has(path)) await this.add(await readYaml([path], 'manifest'));
    if (!info?.isDirectory()) return;
    const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].map((name) => join(path, name));
    const kustomization = names.find((name) => existsSync(name));
    if (kustomization !== undefined) await this.#follow(kustomization);
    else if (whole) await this.add(await readYaml([path], 'manifest'));
  }

  /** Kustomizations of the repository that were not read, and build on a folder that was: an edit there reaches them as well. */
  alsoServed(): string[] {
    const folders = new Set([...this.files.keys()].filter(isKustomization).map((path) => dirname(path)));
    return kustomizationsBelow(this.#top).filter((path) => {
      if (this.files.has(path)) return false;
      const text = readFileSync(path, 'utf8');
      const paths = documentsOf({ file: path, path, text }).slice(0, 1).flatMap(pathsIn);
      return paths.some((named) => folders.has(resolve(dirname(path), named)));
    });
  }

  /** Folders of this repository that Applications deploy. */
  async #ofApplications(documents: readonly JsonObject[]): Promise<string[]> {
    const sources = documents
      .flatMap(sourcesOf)
      .filter(({ path, helm, chart }) => typeof path === 'string' && !helm && !chart);
    if (sources.length === 0) return [];
    const workshop = await Workshop.open(this.#top, new AbortController().signal).catch(() => undefined);
    const own = workshop && (await remoteUrl(workshop));
    return sources
      .filter(({ repoURL }) => own === undefined || plainUrl(String(repoURL)) === plainUrl(own))
      .map(({ path }) => resolve(this.#top, String(path)));
  }
}

/** Whether a path lies in a folder, and leads out of it by no link either: a kustomization may come from a stranger's branch. */
function isInside(top: string, path: string): boolean {
  const outside = (from: string, to: string): boolean => /^\.\.(?:\/|$)/.test(relative(from, to).split(sep).join('/'));
  return !outside(top, path) && existsSync(path) && !outside(realpathSync(top), realpathSync(path));
}

/** Kustomizations of a repository; at most 5,000 folders are looked into. */
function kustomizationsBelow(top: string): string[] {
  const found: string[] = [];
  const folders = [top];
  for (let at = 0; at < folders.length && at < 5_000; at++) {
    const folder = folders[at] as string;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile() && isKustomization(entry.name)) found.push(join(folder, entry.name));
      if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules')
        folders.push(join(folder, entry.name));
    }
  }
  return found;
}

/** A repository's URL without what differs between ways to reach it. */
function plainUrl(url: string): string {
  return url
    .toLowerCase()
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(':', '/')
    .replace(/(\.git)?\/*$/, '');
}

/**
 * Reads manifests, and with kustomizations and Argo CD Applications among them also what those lead to inside the same
 * repository. Names are then relative to where we stand if everything lies below, else to the top of the repository.
 */
export async function readManifests(paths: readonly string[]): Promise<SourceFile[]> {
  const given = await readYaml(paths, 'manifest');
  const own = given.filter(({ path }) => path !== STDIN);
  const leads = own.some((file) => isKustomization(file.path) || documentsOf(file).flatMap(sourcesOf).length > 0);
  const top = own[0] && topOf(dirname(own[0].path));
  if (!leads || top === undefined) return given;
  const follower = new Follower(top);
  await follower.add(own);
  const all = [...follower.files.values()];
  const more = all.length - own.length;
  if (more > 0) say(`also read ${more} file${more === 1 ? '' : 's'} that kustomizations and Applications lead to`);
  const others = follower.alsoServed().map((path) => relative(top, dirname(path)));
  if (others.length > 0)
    say(
      `not judged, and served by the same files: ${others.slice(0, 5).join(', ')}. Name them, too, to have them judged.`,
    );
  const below = all.every(({ path }) => !relative(process.cwd(), resolve(path)).startsWith('..'));
  const from = below ? process.cwd() : top;
  if (!below) say(`names of files are relative to ${top}`);
  const named = all.map((file) => ({ ...file, file: relative(from, resolve(file.path)).split(sep).join('/') }));
  return [...given.filter(({ path }) => path === STDIN), ...named];
}
