import type { Message } from '../../../../src/evidence/messages.ts';
import { sameObject } from '../../../../src/evidence/model.ts';
import type { ContainerView, PodView } from '../../../../src/evidence/pods.ts';
import { type FailedPull, failedPulls } from '../../../../src/evidence/pulled.ts';
import { podSpecOf } from '../../../../src/evidence/relations.ts';
import { objects, text } from '../../../../src/json.ts';
import type { Remedy } from '../../schema.ts';
import { about, changeable, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, DEPTH, type Draft } from '../analyzer.ts';
import { cloudPulls, type RunPull, runPulls } from './run-images.ts';

const PULLING =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable)$/;
const PULL_MESSAGE =
  /Failed to pull (?:and unpack )?image|Back-off pulling image|Failed to apply default image tag|ErrImageNeverPull|couldn't parse image|pull.*(denied|error)|is not present with pull policy of Never/i;

/** An image that does not come, and the pod that waits for it, where that is seen. */
export interface Pull {
  readonly image: string;
  readonly pod?: PodView;
  /** What was said, without what the image is called: `team/certificate-api` is no certificate. */
  readonly text: string;
}

/** A container whose image does not come, with everything that was said about it. */
interface PullFailure extends Pull {
  readonly pod: PodView;
  readonly container: ContainerView;
  readonly messages: readonly Message[];
}

/** A message in which the path of an image is a plain word; its host, tag and digest stay. */
function unnamed(said: string, image: string): string {
  const path = image.replace(/^[^/]*[.:][^/]*\//, '').replace(/[:@].*$/, '');
  return path.length < 3 ? said : said.replaceAll(path, 'image');
}

/** Whether a message tells that an image does not come, whatever the image is called: `errors/web` is none. */
const isOfPull = ({ text }: Message) => PULL_MESSAGE.test(text.replace(/image "[^"]*"/g, 'image'));

const TELLING = /^(?:InvalidImageName|ErrImageNeverPull)$/;

/** The image of a pod of which only a row is seen, where its workload has one alone. */
function onlyImage(view: View, pod: PodView): string {
  const images = objects(podSpecOf(view.scene, pod.source).containers).map(({ image }) => text(image));
  return images.length === 1 ? (images[0] ?? '') : '';
}

/** Pods that wait for an image now. */
function pullFailures(view: View): PullFailure[] {
  return view.troubled.flatMap((pod) => {
    const said = about(view, pod.ref).filter(isOfPull);
    const waiting = pod.containers.filter((container) => PULLING.test(container.waiting?.reason ?? ''));
    const byRow =
      waiting.length === 0 && /ImagePull|InvalidImage|ErrImage/.test(pod.rowStatus ?? '')
        ? pod.containers.slice(0, 1)
        : [];
    const byEvent =
      waiting.length === 0 && byRow.length === 0 && said.length > 0
        ? pod.containers.filter((c) => !c.running).slice(0, 1)
        : [];
    return [...waiting, ...byRow, ...byEvent].map((container) => {
      const own =
        container.image === ''
          ? said
          : said.filter((message) => message.text.includes(container.image) || !/image "/.test(message.text));
      const messages = own.length > 0 ? own : said;
      const quoted = /image "([^"]+)"/.exec(messages.map((message) => message.text).join('\n'))?.[1];
      const image = container.image || quoted || onlyImage(view, pod);
      // Some states say all by their names.
      const state = container.waiting?.reason ?? pod.rowStatus ?? '';
      const told = [...messages.map((message) => unnamed(message.text, image)), TELLING.test(state) ? state : ''];
      return { pod, container, image, messages, text: told.join('\n') };
    });
  });
}

interface ImageKind {
  readonly kind: string;
  readonly title: string;
  readonly about: string;
  readonly remedy: string;
  readonly pattern: RegExp;
  /** Patterns of kinds that are decided before this one. */
  readonly unless?: RegExp;
  readonly confidence: number;
  readonly depth?: number;
  readonly summary: (failure: Pull) => string;
  readonly remedies: (failure: Pull, view: View) => readonly Remedy[];
}

/** A run whose image does not come for this reason, and whose pod is not seen to wait for it. */
function ofRun(
  { run, image, said, involves }: RunPull,
  { summary, confidence, remedies }: ImageKind,
  view: View,
): Draft {
  const pull = { image, text: unnamed(said, image) };
  return {
    object: run.ref,
    summary: `${named(run.ref)} cannot start: ${summary(pull)}`,
    confidence,
    severity: 'failed',
    citations: [
      cite(run, 'failed to pull the image') ?? cite(run, /TaskRunImagePullFailed|CannotPull\w*Error/) ?? citeAny(run),
    ],
    involves,
    remedies: remedies(pull, view),
  };
}

/** An image that does not come for this reason to whoever pulls it on the node by hand. */
function ofHand(
  { image, said, cite: citation }: FailedPull,
  { summary, confidence, remedies }: ImageKind,
  view: View,
): Draft {
  const pull = { image, text: unnamed(said, image) };
  return {
    object: { kind: 'Image', name: image },
    summary: `Nothing can start from it on this node: ${summary(pull)}`,
    confidence,
    severity: 'failed',
    citations: [citation()],
    remedies: remedies(pull, view),
  };
}

/** An analyzer for one reason why an image does not come. Pods of one workload with one image make one finding. */
export function imageAnalyzer(definition: ImageKind): Analyzer {
  return {
    kind: definition.kind,
    stage: 'startup',
    depth: definition.depth ?? DEPTH.image,
    title: definition.title,
    about: definition.about,
    remedy: definition.remedy,
    find: (view) => {
      const isThis = (said: string) => definition.pattern.test(said) && !(definition.unless?.test(said) ?? false);
      const failures = pullFailures(view);
      const runs = [...runPulls(view), ...cloudPulls(view)].filter(({ involves }) =>
        failures.every(({ pod }) => involves.every((own) => !sameObject(own, pod.ref))),
      );
      const ofPods = failures
        .filter((failure) => isThis(failure.text))
        .map((failure): Draft => {
          const object = changeable(view, failure.pod, failure.container.name, 'image');
          const decisive = failure.messages.find((message) =>
            definition.pattern.test(unnamed(message.text, failure.image)),
          );
          return {
            object,
            summary: `${named({ ...object, path: undefined } as typeof object)} cannot start: ${definition.summary(failure)}`,
            confidence: definition.confidence,
            severity: 'failed',
            citations: [
              decisive?.cite(),
              cite(failure.pod.source, failure.image === '' ? /Image:|image:/ : failure.image),
              cite(failure.pod.source, /ImagePullBackOff|ErrImagePull|InvalidImageName|ErrImageNeverPull/) ??
                citeAny(failure.pod.source),
            ],
            involves: [failure.pod.ref],
            remedies: definition.remedies(failure, view),
          };
        });
      const byHand = failures.length > 0 ? [] : failedPulls(view.scene.items);
      const ofHands = byHand.filter(({ said, image }) => isThis(unnamed(said, image)));
      const ofRuns = runs.filter(({ said, image }) => isThis(unnamed(said, image)));
      return [
        ...ofPods,
        ...ofRuns.map((pull) => ofRun(pull, definition, view)),
        ...ofHands.map((pull) => ofHand(pull, definition, view)),
      ];
    },
  };
}
