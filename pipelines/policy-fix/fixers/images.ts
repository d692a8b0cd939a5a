import { equalJson } from '../../../src/manifest/json.ts';
import { type Path, set } from '../edits.ts';
import { accepts } from '../kyverno/pattern.ts';
import { regexFits } from '../regex-fits.ts';
import { statedWishes } from '../statements.ts';
import { onlyLabels, pathOfWish, type Way, type Wish } from '../wish.ts';
import {
  type Container,
  containersOf,
  type FixContext,
  type Fixer,
  imageHoldersOf,
  type Question,
  sourceOf,
} from './fixer.ts';
import { versionsSaid } from './image-versions.ts';
import { regexExample } from './regex-example.ts';
import { fullName, moved, namesUnder, registriesOf, registriesSaid, registryOf } from './registries.ts';

export interface ImageName {
  /** Registry and repository. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Splits an image reference; a colon in the first part belongs to a registry's port. */
export function parseImage(image: string): ImageName {
  const [name = '', digest] = image.split('@');
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  const repository = colon === -1 ? name : name.slice(0, colon);
  const tag = colon === -1 ? undefined : name.slice(colon + 1);
  return { repository, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/** Whether two references name the same repository, Docker Hub's short forms included. */
export function sameRepository(a: string, b: string): boolean {
  const full = (image: string): string => fullName(parseImage(image).repository);
  return full(a) === full(b);
}

/** Whether a policy's own expression is against an image, or its registry. */
const isUnwanted = (wish: Wish, image: Path): boolean =>
  wish.kind === 'edit' &&
  wish.edit.op === 'remove' &&
  [image, [...image, 'registry']].some((path) => equalJson([...wish.edit.path], [...path]));

/**
 * Whether a policy looks at images only to let some off: what it asks for lies elsewhere, so that the places it names are none
 * that it wants images to come from.
 */
function letsOffByImage(context: FixContext, name: string): boolean {
  const isImage = (wish: Wish): boolean => pathOfWish(wish).at(-1) === 'image';
  const said = statedWishes(context).filter(({ policy, wish }) => policy === name && isImage(wish));
  const liesElsewhere = (way: Way): boolean => way.length > 0 && !onlyLabels(way) && !way.some(isImage);
  return said.length > 0 && said.every(({ sole, ways = [] }) => !sole && ways.some(liesElsewhere));
}

/** Every image that an object names. */
const imagesOf = ({ object }: Pick<FixContext, 'object'>): string[] =>
  imageHoldersOf(object).map(({ json }) => String(json.image));

/** Where else an image may come from: the registries that policies write down, or those of the other manifests. */
function registry(context: FixContext, { path, name, json }: Container, named: readonly string[]): Question[] {
  const { siblings, policies } = context;
  const image = String(json.image);
  const isBelow = (prefix: string): boolean =>
    [image, fullName(image)].some((name) => name.startsWith(prefix) || name === prefix.slice(0, -1));
  const { tag, digest } = parseImage(image);
  // The registry's rule and the tag's may both be violated: one answer has to satisfy both.
  const pinned = policies.some(({ words }) => /digest|sha256/.test(words));
  const fixedTag = digest === undefined && (tag === undefined || tag === 'latest' || pinned);
  // A policy that names the image's own registry and denies the image lists what it does not take.
  const closed =
    policies.some(
      ({ messages }, at) => messages.includes(image) && registriesOf(policies.slice(at, at + 1)).some(isBelow),
    ) || statedWishes(context).some(({ wish }) => isUnwanted(wish, [...path, 'image']));
  if (named.some(isBelow) && (fixedTag || !closed)) return [];
  const allowed = named.filter((prefix) => !isBelow(prefix));
  // Where the policy's code names none but those that it refuses, its message may say which it wants.
  const said =
    allowed.length > 0 ? [] : registriesSaid(policies, imagesOf(context)).filter((prefix) => !isBelow(prefix));
  const host = registryOf(image);
  const seen = siblings.flatMap((sibling) =>
    imageHoldersOf(sibling.object).flatMap((other) => {
      const found = registryOf(String(other.json.image ?? ''));
      return found && found !== host
        ? [{ prefix: `${found}/`, source: `${sourceOf(sibling, [...other.path, 'image'])} has images there` }]
        : [];
    }),
  );
  const prefixes = [
    ...allowed.map((prefix) => ({ prefix, source: `${prefix} stands in the policy; the image has to be there` })),
    ...said.map((prefix) => ({ prefix, source: `the policy's message names ${prefix}; the image has to be there` })),
    ...seen,
  ];
  const words = policies.map(({ messages }) => messages.replaceAll(image, '')).join('\n');
  const beside = [context, ...siblings].flatMap(imagesOf);
  const choices = new Map(
    prefixes.flatMap(({ prefix, source }) =>
      namesUnder(image, prefix, words, beside).map((moved) => [moved, source] as const),
    ),
  );
  choices.delete(image);
  const movedOut = moved(image, allowed[0] ?? 'registry.opsline.invalid/');
  // What the policy names is no other place than the image has: it is about something else of it.
  if (movedOut === image && choices.size === 0) return [];
  const stoodIn = fixedTag ? `${parseImage(movedOut).repository}:0@sha256:${'0'.repeat(64)}` : movedOut;
  return [
    {
      question: `From which registry does container ${name} take ${image}${fixedTag ? ', and in which version' : ''}?${fixedTag && allowed.length > 0 ? ` Named in the policy: ${allowed.join(', ')}` : ''}`,
      path: [...path, 'image'],
      about: ['registr', 'repo', 'image'],
      trial: [set([...path, 'image'], stoodIn)],
      choices: [...choices]
        .slice(0, 8)
        .map(([value, source]) => ({ value, source, edits: [set([...path, 'image'], value)] })),
    },
  ];
}

/** Whether a path leads to the tag of a container's image. */
const isTagOf = (path: Path, container: Path): boolean => path.join('/') === [...container, 'image', 'tag'].join('/');

/** What a policy accepts of a whole image instead of this one, where it is against the program, not against how its version is written. */
function unwanted(context: FixContext, image: string, path: Path): string | undefined {
  const { repository } = parseImage(image);
  return statedWishes(context)
    .flatMap(({ wish }) =>
      wish.kind === 'present' && equalJson([...wish.path], [...path, 'image']) ? [wish.pattern] : [],
    )
    .find((pattern) => pattern.split('&').some((term) => /^!/.test(term.trim()) && !accepts(term.trim(), repository)));
}

/** A version as a regular expression of a whole image wants it, behind this image's own name; undefined where none does. */
function versionLike(pattern: string, repository: string): string | undefined {
  // Kyverno's patterns with stars are none, nor is what only says what is not accepted.
  const example = /^!|^[^\\[$+^]*$/.test(pattern) ? undefined : regexExample(pattern);
  if (!example) return undefined;
  const { tag, digest } = parseImage(/^[:@]/.test(example) ? `x${example}` : example);
  const version = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return version !== '' && regexFits(pattern, `${repository}${version}`) !== false ? version : undefined;
}

/** An image with the tag that a policy wants of any (`*:1.4.0`), where it says so in full. */
export function withTag(image: string, pattern: string): string | undefined {
  const tag = /^\*:(\w[\w.-]*)$/.exec(pattern)?.[1];
  return tag === undefined ? undefined : `${parseImage(image).repository}:${tag}`;
}

/** Image tags: nobody but its owner knows which one is meant, so the other manifests' are offered. */
export const images: Fixer = {
  name: 'images',
  propose(context) {
    const { object, policies } = context;
    const words = policies.map((policy) => policy.words).join(' ');
    if (!words.includes('imagepullpolicy')) return [];
    const policy = /imagepullpolicy[^a-z]*(?:should|must)?[^a-z]*(?:be|is|==|!=)?\W*ifnotpresent/.test(words)
      ? 'IfNotPresent'
      : 'Always';
    // What a policy's code says of the very field counts before its words.
    const isSaid = (path: Path): boolean =>
      statedWishes(context).some(
        ({ wish, sole }) =>
          sole && wish.kind === 'edit' && equalJson([...wish.edit.path], [...path, 'imagePullPolicy']),
      );
    const containers = containersOf(object);
    if (containers.some(({ path }) => isSaid(path))) return [];
    return containers
      .filter(({ json }) => json.imagePullPolicy !== policy)
      .map(({ path, name }) => ({
        by: 'images',
        summary: `container ${name}: imagePullPolicy ${policy}`,
        edits: [set([...path, 'imagePullPolicy'], policy)],
        cost: 2,
      }));
  },
  ask(context) {
    const { object, siblings, policies } = context;
    const allowed = registriesOf(policies.filter(({ name }) => !letsOffByImage(context, name)));
    // An image's own name says nothing about what the policy means.
    const words = imageHoldersOf(object).reduce(
      (text, { json }) => text.replaceAll(String(json.image), ''),
      policies.map(({ messages }) => messages).join('\n'),
    );
    const wishes = statedWishes(context);
    const aboutRegistries = allowed.length > 0 || /registr|repositor|\brepos?\b/i.test(words);
    return imageHoldersOf(object).flatMap((container) => {
      const { path, name, json } = container;
      if (typeof json.image !== 'string') return [];
      const image = json.image;
      const said = versionsSaid(image, path, wishes, policies);
      const code = [...said].find(([, source]) => source === 'the policy')?.[0];
      const elsewhere = aboutRegistries && code === undefined ? registry(context, container, allowed) : [];
      if (elsewhere.length > 0) return elsewhere;
      const other = unwanted(context, image, path);
      if (other !== undefined)
        return [
          {
            question: `Which image takes the place of ${image} in container ${name}, or can this go? The policy accepts ${other}`,
            path: [...path, 'image'],
            about: ['image'],
            stated: true,
            trial: [set([...path, 'image'], `opsline:0@sha256:${'0'.repeat(64)}`)],
            choices: [],
          },
        ];
      const { tag, digest } = parseImage(image);
      const others = new Map(said);
      for (const sibling of siblings) {
        for (const other of imageHoldersOf(sibling.object)) {
          const candidate = other.json.image;
          if (typeof candidate !== 'string' || candidate === image || !sameRepository(candidate, image)) continue;
          const parsed = parseImage(candidate);
          if (parsed.digest === undefined && (parsed.tag === undefined || parsed.tag === 'latest')) continue;
          others.set(candidate, sourceOf(sibling, [...other.path, 'image']));
        }
      }
      // A policy may say how versions are written.
      const asked = wishes.find(({ wish }) => wish.kind === 'present' && isTagOf(wish.path, path))?.wish;
      const { repository } = parseImage(image);
      const whole = wishes.flatMap(({ wish }) =>
        wish.kind === 'present' && equalJson([...wish.path], [...path, 'image']) ? [wish] : [],
      );
      const wanted = whole.flatMap((wish) => withTag(image, wish.pattern) ?? []);
      for (const version of wanted) others.set(version, 'the version that the policy asks for');
      const exampled = whole.find((wish) => wish.example !== undefined)?.example;
      const [like] = whole.flatMap((wish) => {
        const version = versionLike(wish.pattern, repository);
        return version === undefined ? [] : [{ pattern: wish.pattern, version }];
      });
      const pattern = asked?.kind === 'present' ? asked.pattern : like?.pattern;
      const example = asked?.kind === 'present' ? asked.example : undefined;
      const standIn =
        exampled ?? code ?? `${repository}${like?.version ?? `:${example ?? `0@sha256:${'0'.repeat(64)}`}`}`;
      const what = digest ? 'reference' : tag === undefined || tag === 'latest' ? 'version' : 'version or digest';
      return [
        {
          question: `Which ${what} of image ${image} should container ${name} run?${pattern ? ` The policy accepts ${pattern}` : ''}`,
          path: [...path, 'image'],
          about:
            tag === undefined || tag === 'latest'
              ? ['latest', 'tag', 'digest', 'sha256']
              : ['digest', 'sha256', `:${tag.toLowerCase()}`, 'tag'],
          ...(like === undefined && exampled === undefined && wanted.length === 0 && said.size === 0
            ? {}
            : { stated: true }),
          trial: [set([...path, 'image'], standIn)],
          choices: [...others]
            .slice(0, 8)
            .map(([value, source]) => ({ value, source, edits: [set([...path, 'image'], value)] })),
        },
      ];
    });
  },
};
