import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
  visit,
} from 'yaml';
import { OpslineError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** What one file may hold. Bigger ones are refused before or right after parsing, never cut. */
export const MANIFEST_LIMITS = {
  bytes: 8 * 1024 * 1024,
  documents: 2_000,
  depth: 100,
  aliases: 500,
  /** Nodes of a document once its aliases are followed: a chain of nine tenfold aliases would make a billion. */
  nodes: 500_000,
} as const;

/** One document of a file, with the place where its content starts. */
export interface ManifestDocument {
  /** Position among all documents of the file, empty ones counted. */
  readonly index: number;
  readonly json: JsonObject;
  /** 1-based line of the document's first key. */
  readonly line: number;
}

export interface ManifestFile {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly ManifestDocument[];
}

const UNKNOWN_TAGS: readonly unknown[] = ['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary'];

/** What looks like a number of version 1.1 and has no digit (`path: .`) is a text. */
function digitsOnly(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || tag.collection !== undefined) return tag;
  if (tag.tag !== 'tag:yaml.org,2002:float') return tag;
  const { resolve } = tag as ScalarTag;
  return {
    ...tag,
    resolve: (text, onError, options) =>
      /^[-+]?\.?(?:\d|inf$|nan$)/i.test(text) ? resolve(text, onError, options) : text,
  } as ScalarTag;
}

/** Whole numbers as Go writes them (`0o644`, `0X1F`), which Kubernetes' parser reads as well as those of version 1.1. */
const GO_INTEGERS: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0(?:[oO][0-7_]+|X[0-9A-Fa-f_]+|B[01_]+)$/,
  resolve: (text) => {
    const whole = Number(text.replace(/^[-+]/, '').replaceAll('_', ''));
    return text.startsWith('-') ? -whole : whole;
  },
};

/**
 * YAML as Kubernetes reads it: version 1.1 words (`yes` is true, `0777` is octal, `<<` merges) and Go's integers, yet without the
 * timestamps and sexagesimal numbers that its parser does not know either.
 */
const YAML_OPTIONS = {
  version: '1.1' as const,
  customTags: (tags: Tags) =>
    tags
      .filter((tag) => typeof tag === 'string' || (tag.format !== 'TIME' && !UNKNOWN_TAGS.includes(tag.tag)))
      .map(digitsOnly)
      .concat(GO_INTEGERS),
  merge: true,
  keepSourceTokens: true,
  uniqueKeys: true,
  prettyErrors: true,
  logLevel: 'error' as const,
};

function refuse(file: string, why: string): never {
  throw new OpslineError('manifest-invalid', `${file}: ${why}`);
}

/** Nodes a document has when its aliases are followed; throws past the limits. */
function weigh(document: Document, file: string): void {
  let aliases = 0;
  const weights = new Map<string, number>();
  const weight = (node: unknown, depth: number): number => {
    if (depth > MANIFEST_LIMITS.depth) refuse(file, `nested deeper than ${MANIFEST_LIMITS.depth} levels`);
    let total = 1;
    if (isAlias(node)) {
      aliases += 1;
      if (!weights.has(node.source)) refuse(file, `the alias *${node.source} names no anchor before it`);
      if (aliases > MANIFEST_LIMITS.aliases) refuse(file, `more than ${MANIFEST_LIMITS.aliases} aliases`);
      total += weights.get(node.source) ?? 0;
    } else if (isPair(node)) total += weight(node.key, depth) + weight(node.value, depth + 1);
    else if (isCollection(node)) for (const item of node.items) total += weight(item, isMap(node) ? depth : depth + 1);
    if (total > MANIFEST_LIMITS.nodes)
      refuse(file, `more than ${MANIFEST_LIMITS.nodes} values once aliases are followed`);
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) weights.set(node.anchor, total);
    return total;
  };
  weight(document.contents, 0);
}

function checkKeys(document: Document, file: string): void {
  visit(document, {
    Pair(_, pair) {
      // So Kubernetes' parser says, too; `{{ .Values.name }}` of a template that was not rendered is such a key.
      if (isCollection(pair.key)) refuse(file, 'a map or list is not a key of a manifest');
      if (isScalar(pair.key) && pair.key.value === '__proto__') refuse(file, '"__proto__" is not a key of a manifest');
    },
  });
}

/** A text as `yaml` nodes with source ranges, and where its lines begin. Nobody changes the nodes: they may be shared. */
export interface ParsedText {
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
}

/** What is remembered of texts that were read: an edit reads the same text several times. In characters, of all texts and of one. */
const REMEMBERED = { all: 512 * 1024, one: 32 * 1024 } as const;
const remembered = new Map<string, ParsedText>();
let rememberedCharacters = 0;

function remember(text: string, parsed: ParsedText): void {
  if (text.length > REMEMBERED.one) return;
  remembered.set(text, parsed);
  rememberedCharacters += text.length;
  for (const oldest of remembered.keys()) {
    if (rememberedCharacters <= REMEMBERED.all) break;
    remembered.delete(oldest);
    rememberedCharacters -= oldest.length;
  }
}

/** All documents of a YAML or JSON text. Throws `manifest-invalid`. */
export function parseDocuments(file: string, text: string): ParsedText {
  const known = remembered.get(text);
  if (known) return known;
  const bytes = Buffer.byteLength(text);
  if (bytes > MANIFEST_LIMITS.bytes) {
    throw new OpslineError(
      'payload-too-large',
      `${file}: ${bytes} bytes, at most ${MANIFEST_LIMITS.bytes} are read. Split the file.`,
    );
  }
  // Counted before parsing, so that a million separators cost nothing.
  const separators = text.match(/^---(?=\s|$)/gm)?.length ?? 0;
  if (separators > MANIFEST_LIMITS.documents) {
    refuse(file, `${separators} documents, at most ${MANIFEST_LIMITS.documents} are read. Split the file.`);
  }
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { ...YAML_OPTIONS, lineCounter: lines });
  if (!Array.isArray(parsed)) return { documents: [], lines };
  for (const document of parsed) {
    const error = document.errors[0];
    if (error?.message.includes('call stack')) refuse(file, 'nested too deep to be read');
    if (error) {
      const duplicate = error.code === 'DUPLICATE_KEY' ? ' (a key stands twice in one map)' : '';
      refuse(file, `${error.message.split('\n')[0]?.replace(/:$/, '')}${duplicate}`);
    }
    weigh(document, file);
    checkKeys(document, file);
  }
  const found = { documents: parsed as Document.Parsed[], lines };
  remember(text, found);
  return found;
}

/** The JSON of a parsed document. */
export function toJson(document: Document): Json {
  return document.toJS({ maxAliasCount: -1 }) as Json;
}

/**
 * Reads every document of a manifest or policy file. Empty documents are skipped but keep their index. Throws
 * `manifest-invalid` (with file and line) for broken YAML, duplicate keys, alias bombs and documents that are no map, and
 * `payload-too-large` for a file over the limit.
 */
export function parseManifest(file: string, text: string): ManifestFile {
  const documents: ManifestDocument[] = [];
  const parsed = parseDocuments(file, text);
  for (const [index, document] of parsed.documents.entries()) {
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    const line = parsed.lines.linePos(document.contents.range?.[0] ?? 0).line;
    const json = toJson(document);
    if (!isObject(json)) refuse(file, `line ${line}: a Kubernetes object is a map, this document is not`);
    documents.push({ index, json, line });
  }
  return { file, text, documents };
}
