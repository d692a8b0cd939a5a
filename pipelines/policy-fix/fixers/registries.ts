import { isObject, type Json, type JsonObject } from '../../../src/manifest/json.ts';
import type { PolicyFacts } from './fixer.ts';
import { parseImage } from './images.ts';
import { leaves } from './parameters.ts';

/** Parts of a policy that say what it is called and where it looks, not which registries it takes. */
const BESIDE: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'crd',
  'match',
  'exclude',
  'matchConstraints',
  'matchConditions',
  'matchResources',
  'policyName',
  'paramRef',
  'paramKind',
  'target',
  'message',
  'preconditions',
  'list',
  'key',
  'jmesPath',
]);

/** Parameters that say whom a policy lets off: no place that it wants images to come from. */
const EXEMPT = /exempt|exclu|ignor|skip|bypass/i;

const NOTHING: ReadonlySet<string> = new Set();

/** References of a policy's language that look like hosts. */
const REFERENCE = /^(?:input|data|object|request|element|variables|params|spec|metadata|securityContext|container)\./;

/** A host as registries have it, with a path or the start of one. */
const REGISTRY = /^(?:(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?|localhost:\d+)(?:\/[a-z0-9._/-]*)?\**$/;

/** The beginning of Docker Hub's short names, which says by its slash that it is one: `library/`. */
const SHORT = /^[a-z0-9]+(?:[._-][a-z0-9]+)*\/\**$/;

/** What code says in quotes; what it replaces (`regex_replace_all('^docker.io/', …)`) it does not want. */
const quotedIn = (code: string): string[] =>
  [...code.matchAll(/["'`]([^"'`\n]*)["'`]/g)]
    .map(([, text = '']) => text)
    .filter((text) => !(text.startsWith('^') && code.includes('regex_replace')));

function* textsOf(value: Json | undefined, beside = BESIDE): Generator<string> {
  if (typeof value === 'string') {
    // Code says its values in quotes; data lists them.
    if (/[\n"'()]/.test(value)) yield* quotedIn(value);
    else yield* value.split(/[|,\s]+/);
  } else if (Array.isArray(value)) for (const item of value) yield* textsOf(item, beside);
  else if (isObject(value))
    // What a value holds is data, whatever its keys are called.
    for (const [key, item] of Object.entries(value))
      if ((!beside.has(key) || isTest(key, item)) && !(beside === BESIDE && EXEMPT.test(key)))
        yield* textsOf(item, key === 'value' ? NOTHING : beside);
}

/** Whether a condition's key is a test of a text (`starts_with(element.image, 'registry.example.com/')`), which names what it wants. */
const isTest = (key: string, item: Json | undefined): boolean =>
  key === 'key' && typeof item === 'string' && /\b(?:starts_with|contains|regex_match)\(/.test(item);

/** A key of labels or annotations in code: `labels["example.com/mode"]`, `"annotations", {}), "example.com/mode"`. */
const KEY_IN_CODE = /(?:labels|annotations|matchLabels|nodeSelector)["'`]?[^A-Za-z"'`]{0,10}["'`]([^"'`\n]+)["'`]/g;

const KEYS = new WeakMap<JsonObject, readonly string[]>();

/** The keys of labels and annotations that a policy reads, which look like hosts, too; gathered once for a document. */
function keysRead(document: JsonObject): readonly string[] {
  const known =
    KEYS.get(document) ??
    [...leaves(document)].flatMap(({ value }) =>
      typeof value === 'string' ? [...value.matchAll(KEY_IN_CODE)].map(([, key = '']) => key) : [],
    );
  KEYS.set(document, known);
  return known;
}

/** The host of an image's registry as its reference writes it; undefined for Docker Hub's short forms. */
export function registryOf(image: string): string | undefined {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
}

/** What a wildcard of images begins with, without the mark of a tag or digest: of `registry.example.com/*:* `. */
const beginning = (text: string): string =>
  /^[a-z0-9]/.test(text) && text.includes('*')
    ? text.slice(0, text.indexOf('*')).replace(/(?::|@(?:sha256:)?)$/, '')
    : text;

/** What a regular expression begins with before anything in it is open: of `^registry[.]example[.]com/.+@sha256:` the registry. */
const plainStart = (text: string): string =>
  (/^\^((?:[a-z0-9/:_-]|\[\.\]|\\{1,2}\.)+\/)/.exec(text)?.[1] ?? text).replaceAll(/\[\.\]|\\{1,2}\./g, '.');

/** Beginnings of image references that policies write down, each ending in `/`, a constraint's parameters first. */
export function registriesOf(policies: readonly PolicyFacts[]): string[] {
  // In code a word with a slash may be anything.
  const short = policies.flatMap(({ parameters }) => [...textsOf(parameters)]).filter((text) => SHORT.test(text));
  const listed = new Set(short.map((text) => beginning(text.trim())));
  const found = policies.flatMap(({ parameters, documents }) => [
    ...textsOf(parameters),
    ...documents.flatMap((document) => [...textsOf(document as Json)]),
  ]);
  const keys = new Set(policies.flatMap(({ documents }) => documents.flatMap((each) => keysRead(each as JsonObject))));
  const registries = found
    .filter((text) => !keys.has(text))
    .map((text) => beginning(plainStart(text.trim())))
    .filter(
      (text) => (REGISTRY.test(text) || listed.has(text)) && !REFERENCE.test(text) && !text.endsWith('gatekeeper.sh'),
    )
    .map((text) => text.replace(/\*+$/, ''))
    .filter((text) => !text.endsWith('.'))
    .map((text) => (text.endsWith('/') ? text : `${text}/`));
  return [...new Set(registries)].slice(0, 6);
}

/** Keys of Kubernetes' own labels and annotations look like hosts, too. */
const LABEL_KEY = /(?:^|\.)kubernetes\.io(?:\/|$)/;

/** Hosts in what a policy says, each ending in `/`, those of links and of the object's own images apart: where images are to come from. */
export function registriesSaid(policies: readonly PolicyFacts[], images: readonly string[]): string[] {
  const own = new Set(images.flatMap((image) => [image, parseImage(image).repository, fullName(image)]));
  const words = policies
    .flatMap(({ messages }) => messages.split(/[\s"'`(),;<>]+/))
    .filter((word) => !own.has(word) && !own.has(parseImage(word).repository) && !LABEL_KEY.test(word));
  const hosts = words
    .map((word) => word.replace(/[.:/*]+$/, ''))
    .filter((word) => REGISTRY.test(word) && !REFERENCE.test(word));
  return [...new Set(hosts.map((host) => `${host}/`))].slice(0, 6);
}

/** An image's name as registries have it: Docker Hub's short forms in full. */
export function fullName(image: string): string {
  const host = registryOf(image);
  if (host !== undefined) return image.replace(/^index\.docker\.io\//, 'docker.io/');
  return `docker.io/${parseImage(image).repository.includes('/') ? '' : 'library/'}${image}`;
}

/** The image under another registry: what stands after the host stays, Docker Hub's `library/` apart. */
export function moved(image: string, registry: string): string {
  const host = registryOf(image);
  const path = (host === undefined ? image : image.slice(host.length + 1)).replace(/^library\//, '');
  const { repository } = parseImage(image);
  // The prefix may name the repository itself.
  return registry.endsWith(`/${repository.split('/').at(-1)}/`)
    ? `${registry.slice(0, -1)}${path.slice(parseImage(path).repository.length)}`
    : `${registry}${path}`;
}

/** Words in the name of a place of images that mirrors others. */
const MIRROR = /docker|(?:^|[^a-z])hub(?:[^a-z]|$)|mirror|cache|proxy|pull-?through/i;

/** Words by which a policy says so. */
const MIRRORS = /\bmirrors?\b|\bpull-?through\b/i;

/**
 * An official image of Docker Hub under another registry, first the name that is likelier there. Who copies images mostly drops
 * `library/`; a mirror that pulls them through keeps it, which its name, the policy's messages (`said`) or images of others
 * (`beside`) tell. Any other image has one name.
 */
export function namesUnder(image: string, registry: string, said: string, beside: readonly string[]): string[] {
  const plain = moved(image, registry);
  const hub = /^docker\.io\/(?:library\/)?([^/]+)$/.exec(fullName(image))?.[1];
  // A place that names the repository itself, or `library/`, leaves no choice.
  if (hub === undefined || registry.endsWith('/library/') || plain !== `${registry}${hub}`) return [plain];
  const kept = `${registry}library/${hub}`;
  if (beside.some((other) => other.startsWith(`${registry}library/`))) return [kept, plain];
  return MIRROR.test(registry) || MIRRORS.test(said) ? [plain, kept] : [plain];
}
