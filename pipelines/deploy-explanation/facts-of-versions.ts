import type { SceneObject } from '../../src/evidence/scene.ts';
import { asArray, at, objects, text } from '../../src/json.ts';
import type { Fact } from './facts.ts';
import { cite, citeAny, named, type View } from './view.ts';

/** A version as people release it: `3.4.0`, `v3.4`, `2026.11.2-rc1`. */
const VERSION = /(?<![\w./:-])v?(\d+\.\d+(?:\.\d+)*(?:-[\w.]+)?)(?![\w/:])/g;
/** Who asks so expected another version than the one that is there. */
const EXPECTED =
  /\b(?:still|yet|not (?:live|there|deployed|rolled|updated|arrived|visible|showing|running)|(?:isn'?t|is not|doesn'?t|does not|don'?t|do not|never|nobody)|old|instead of|releas\w*|upgrad\w*|updat\w*|bump\w*|deploy\w*)\b/i;
/** A revision that stays the same: a tag with a version in it, or a commit. */
const PINNED = /\d+\.\d+|^[0-9a-f]{7,40}$/;
const MAX_NAMED = 3;

const bare = (version: string): string => version.replace(/^.*?v?(?=\d)/, '');

/** Revisions that an Application is told to follow. That of a chart is no version of the program: only who speaks of the chart means it. */
function revisionsOf({ object }: SceneObject, question: string): string[] {
  const sources = [at(object, 'spec', 'source'), ...asArray(at(object, 'spec', 'sources'))];
  const meant = sources.filter((source) => text(at(source, 'chart')) === undefined || /\bcharts?\b/i.test(question));
  return meant.flatMap((source) => text(at(source, 'targetRevision')) ?? []);
}

/** Tags of the images in a workload's template or a pod. */
function tagsOf({ object }: SceneObject): { image: string; tag: string }[] {
  const containers = [
    ...objects(at(object, 'spec', 'template', 'spec', 'containers')),
    ...objects(at(object, 'spec', 'containers')),
  ];
  return containers.flatMap((container) => {
    const image = text(container.image) ?? '';
    const tag = /:([\w.-]+)$/.exec(image)?.[1];
    return tag === undefined ? [] : [{ image, tag }];
  });
}

/**
 * Why another version than the one that the question expects is there, as far as what is asked for tells: an Application that follows an older
 * tag, or a workload whose own template names another image. Undefined where the version that was expected is asked for somewhere.
 */
export function versionAskedFor(question: string, view: View): Fact | undefined {
  const versions = [...question.matchAll(VERSION)].map(([, version = '']) => version);
  if (versions.length === 0 || !EXPECTED.test(question)) return undefined;
  const words = new Set(question.match(/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?/g) ?? []);
  const own = view.scene.objects.filter(({ ref }) => words.has(ref.name));
  const pinned = own.flatMap((source) =>
    source.ref.kind === 'Application' ? revisionsOf(source, question).map((revision) => ({ source, revision })) : [],
  );
  const isExpected = (version: string) => versions[0] === bare(version);
  // The first version that a question names is mostly the one that was released; the other is what is seen.
  if (pinned.some(({ revision }) => isExpected(revision))) return undefined;
  const held = pinned.filter(({ revision }) => PINNED.test(revision));
  if (held.length > 0)
    return {
      summary: held
        .slice(0, MAX_NAMED)
        .map(
          ({ source, revision }) =>
            `${named(source.ref)} is told to follow \`${revision}\` (its targetRevision), so Argo CD does not deploy ${versions[0]}.`,
        )
        .join(' '),
      citations: held.flatMap(({ source, revision }) => cite(source, revision) ?? citeAny(source) ?? []),
    };
  const running = own.flatMap((source) => tagsOf(source).map((one) => ({ source, ...one })));
  if (pinned.length > 0 || running.length === 0 || running.some(({ tag }) => isExpected(tag))) return undefined;
  const [first] = running.filter(({ tag }) => versions.includes(bare(tag)));
  return first === undefined
    ? undefined
    : {
        summary: `${named(first.source.ref)} has the image \`${first.image}\`: ${versions[0]} is not what it is told to run.`,
        citations: [cite(first.source, first.image) ?? citeAny(first.source) ?? []].flat(),
        of: first.source.ref,
      };
}
