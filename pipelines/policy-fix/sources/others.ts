import { OpslineError } from '../../../src/errors.ts';
import { isObject, type Json } from '../../../src/manifest/json.ts';
import { type ManifestFile, parseDocuments, parseManifest, toJson } from '../../../src/manifest/parse.ts';
import type { SourceText } from './read.ts';

/** A file without any object: `error` says what it should have been, `unrendered` that objects may come out of it. */
export interface OtherFile {
  readonly file: string;
  readonly error: OpslineError;
  readonly unrendered: boolean;
}

/** Actions of Go's templates (Helm) and of Jinja (Ansible). */
const ACTION = /\{\{(?!\{)[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/g;

/** A text without its comments and quoted words: what a template engine alone writes there is no YAML. */
const bare = (text: string): string =>
  text.replaceAll(/(^|\s)#(?!\}).*$/gm, '$1').replaceAll(/"[^"\n]*"|'[^'\n]*'/g, '');

/** A text as it might be once rendered, in lines of the same numbers: a word for each action, nothing for those alone on their lines. */
const guessed = (text: string): string =>
  text.replaceAll(ACTION, (action) => `x${action.replaceAll(/[^\n]/g, '')}`).replaceAll(/^[ \t]*x[ \t]*$/gm, '');

function refusal(read: () => unknown): OpslineError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof OpslineError && error.code === 'manifest-invalid') return error;
    throw error;
  }
}

/** Whether a text that is refused is a template's: actions stand in it bare, and they are what it is refused for. */
function isTemplate({ file, text }: SourceText, { message }: OpslineError): boolean {
  if (bare(text).match(ACTION) === null) return false;
  return refusal(() => parseManifest(file, guessed(text)))?.message !== message;
}

const saysObject = (json: Json): boolean =>
  isObject(json) && (json.kind !== undefined || json.apiVersion !== undefined);

/** Whether every document is a list or a plain value, none of objects: a patch, a playbook, values. */
function holdsNoMap({ file, text }: SourceText): boolean {
  let tops: Json[];
  try {
    tops = parseDocuments(file, text)
      .documents.map(toJson)
      .filter((top) => top !== null);
  } catch {
    return false;
  }
  return tops.length > 0 && tops.every((top) => !isObject(top) && !(Array.isArray(top) && top.some(saysObject)));
}

/**
 * A file of the manifests, or what it is instead: one without maps, or the template of a program that was not run. Throws
 * `manifest-invalid` for all else that is no YAML of maps.
 */
export function readOrOther(source: SourceText): ManifestFile | OtherFile {
  let parsed: ManifestFile | undefined;
  const error = refusal(() => {
    parsed = parseManifest(source.file, source.text);
  });
  if (parsed !== undefined) return parsed;
  if (error !== undefined && isTemplate(source, error)) {
    const why = `${source.file}: a template, which is no manifest before it is rendered. Give what comes out of it: \`… | opsline fix -\`.`;
    return { file: source.file, error: new OpslineError('manifest-invalid', why), unrendered: true };
  }
  if (error !== undefined && holdsNoMap(source)) return { file: source.file, error, unrendered: false };
  throw error;
}

const MOST = 5;

/** The first of many, and how many more there are. */
function first(files: readonly string[], note: (file: string) => string, more: readonly [one: string, many: string]) {
  const rest = files.length - MOST;
  const named = files.slice(0, MOST).map(note);
  return rest <= 0 ? named : [...named, `${rest} more ${rest === 1 ? more[0] : more[1]}`];
}

/** Says which files hold no object. */
export const othersNote = (files: readonly string[]): string[] =>
  first(files, (file) => `${file}: it holds no Kubernetes object`, [
    'file holds no Kubernetes object',
    'files hold no Kubernetes object',
  ]);

/** Says which files nobody judged, since they are templates. */
export const templatesNote = (files: readonly string[]): string[] =>
  first(files, (file) => `${file} was not judged: it is a template, which is not rendered here`, [
    'template was not judged',
    'templates were not judged',
  ]);
