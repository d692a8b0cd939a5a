import { isKustomization, kustomizationIn, type TextTree } from '../../../src/manifest/kustomize/files.ts';
import { placeFinders } from '../../../src/manifest/locate.ts';
import type { ManifestFile } from '../../../src/manifest/parse.ts';
import { ManifestState, type Root } from '../../../src/manifest/state.ts';
import type { KubeObject } from '../../../src/policy/violation.ts';
import type { Resource, Workspace } from '../workspace.ts';
import { atDestinations } from './destination.ts';
import { resourcesOf } from './objects.ts';
import { type OtherFile, othersNote, readOrOther, templatesNote } from './others.ts';

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** What files say: objects that stand in them, and those that kustomizations make of them. */
export interface Sources {
  readonly resources: readonly Resource[];
  /** Kustomizations that no other one builds on. */
  readonly roots: readonly Root[];
  /** What a reader should mind: what was not judged, and files that hold no object. */
  readonly notes: readonly string[];
  /** Of the notes, those on what was not judged: charts, templates, and what could not be built as kustomize would build it. */
  readonly notJudged: readonly string[];
  /** Namespaces that are made for the objects, and stand in no file. */
  readonly namespaces: readonly KubeObject[];
}

/** Texts as a tree to build kustomizations in. */
export function treeOf(texts: ReadonlyMap<string, string>): TextTree {
  return { text: (path) => texts.get(path), identity: (path) => (texts.has(path) ? 'given' : undefined) };
}

/** The folder of a kustomization, as a reader calls it. */
export const folderText = (id: string): string => (id === '' ? '.' : id);

/** The kustomizations among files, built. */
function built(files: readonly SourceText[]) {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const tree = treeOf(texts);
  const state = new ManifestState(tree, [...texts.keys()]);
  return { texts, tree, state, roots: state.kustomizations.filter(({ objects }) => objects.length > 0) };
}

/** The kustomizations that {@link readSources} finds, without reading what else the files hold. */
export function rootsOf(files: readonly SourceText[]): readonly Root[] {
  return files.some(({ file }) => isKustomization(file)) ? built(files).roots : [];
}

/** What was read before, as far as it still stands. */
type Before = Pick<Workspace, 'files' | 'resources'>;

/** Whether nothing in a file says that it is an object of Kubernetes: values, a workflow, a package's description. */
const holdsOther = ({ documents }: ManifestFile): boolean =>
  documents.length > 0 && documents.every(({ json }) => json.kind === undefined && json.apiVersion === undefined);

/** Files sorted by what they are; those of templates and of lists hold no object either. */
function sorted(read: readonly (ManifestFile | OtherFile)[]) {
  const parsed = read.filter((one): one is ManifestFile => 'documents' in one);
  const strange = read.filter((one): one is OtherFile => 'error' in one);
  const unrendered = templatesNote(strange.flatMap(({ file, unrendered }) => (unrendered ? [file] : [])));
  const others = read.filter((one) => ('documents' in one ? holdsOther(one) : !one.unrendered));
  return {
    objects: parsed.filter((one) => !holdsOther(one)),
    others: parsed.filter(holdsOther),
    strange,
    notes: [...othersNote(others.map(({ file }) => file)), ...unrendered],
    notJudged: unrendered,
  };
}

/**
 * The objects of files without kustomizations, and notes on files that hold none; what a file held `before` is not read again
 * where its text is the same. Where no file holds any, the first is refused as what it should have been. Throws `manifest-invalid`.
 */
function plainResources(
  files: readonly SourceText[],
  before: Before | undefined,
): Pick<Sources, 'resources' | 'notes' | 'notJudged'> {
  const texts = new Map(before?.files.map(({ file, text }) => [file, text]));
  const known = Map.groupBy(before?.resources ?? [], ({ file }) => file);
  const read: (ManifestFile | OtherFile)[] = [];
  const resources = files.flatMap((source) => {
    const { file, text } = source;
    if (texts.get(file) === text) return known.get(file) ?? [];
    const parsed = readOrOther(source);
    read.push(parsed);
    return 'documents' in parsed && !holdsOther(parsed) ? resourcesOf([parsed]) : [];
  });
  const { others, strange, notes, notJudged } = sorted(read);
  if (resources.length === 0 && strange[0] !== undefined) throw strange[0].error;
  return { resources: resources.length > 0 ? resources : resourcesOf(others), notes, notJudged };
}

/**
 * Reads files as the objects that reach a cluster: where there are kustomizations, the objects that those build which no other
 * one builds on, and those of the files that no kustomization reads, each in the namespace that an Application brings it to; files without any
 * object are noted. In one order for the same files and structure. Files of the
 * same text as `before` are not read again where no kustomization reads them. Throws `manifest-invalid`.
 */
export function readSources(files: readonly SourceText[], before?: Before): Sources {
  const charts = chartsAmong(files);
  const read = readFiles(
    files.filter(({ file }) => !charts.some((folder) => isOfChart(file, folder))),
    before,
  );
  const { resources, namespaces } = atDestinations(read.resources);
  const unrendered = charts.map(chartNote);
  return {
    resources,
    roots: read.roots,
    namespaces,
    notes: [...read.notes, ...unrendered],
    notJudged: [...read.notJudged, ...unrendered],
  };
}

/** Folders of the Helm charts among files; '' for the top. */
const chartsAmong = (files: readonly SourceText[]): string[] =>
  files.flatMap(({ file }) => {
    const folder = /^(?:(.*)\/)?Chart\.yaml$/.exec(file);
    return folder === null ? [] : [folder[1] ?? ''];
  });

/** Whether a file is what Helm reads of a chart: no Kubernetes object before it is rendered. */
function isOfChart(file: string, folder: string): boolean {
  if (folder !== '' && !file.startsWith(`${folder}/`)) return false;
  return /^(?:Chart\.yaml|values[^/]*|(?:templates|charts)\/.*)$/.test(
    folder === '' ? file : file.slice(folder.length + 1),
  );
}

function chartNote(folder: string): string {
  const name = folderText(folder);
  // A name that a shell would not take as it stands is left to the reader.
  const plain = /^[\w./-]+$/.test(name) ? name : '…';
  return `the Helm chart in ${name} was not judged, since charts are not rendered here: \`helm template ${plain} | opsline fix -\` judges what it makes`;
}

function readFiles(files: readonly SourceText[], before: Before | undefined): Omit<Sources, 'namespaces'> {
  if (!files.some(({ file }) => isKustomization(file))) return { ...plainResources(files, before), roots: [] };
  const { texts, tree, state, roots } = built(files);
  const plain = sorted(files.filter(({ file }) => state.plain.has(file)).map(readOrOther));
  const placesIn = placeFinders((file) => texts.get(file) ?? '');
  const rendered = roots.flatMap(({ id, objects, origins }) =>
    objects.map((object, position): Resource => {
      const origin = origins?.get(object);
      const place = origin
        ? { file: origin.file, document: origin.document, base: origin.base }
        : { file: kustomizationIn(tree, id) ?? id, document: 0, base: '' };
      const { file, document, base } = place;
      return {
        file,
        document,
        base: '',
        line: placesIn(file)(document, base).line,
        object,
        rendered: { root: id, position },
      };
    }),
  );
  const notDone = new Set(
    state.kustomizations.flatMap(({ id, notDone }) => notDone.map((what) => `${folderText(id)}: ${what}`)),
  );
  return {
    resources: [...resourcesOf(plain.objects), ...rendered],
    roots,
    notes: [...notDone, ...plain.notes],
    notJudged: [...notDone, ...plain.notJudged],
  };
}
