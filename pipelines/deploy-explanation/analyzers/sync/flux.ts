import { labelOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { type Analyzer, change, DEPTH, look } from '../analyzer.ts';
import { messageAnalyzer } from '../message-analyzer.ts';
import { isArgo } from './helm-release.ts';

/** source-controller, of a HelmChart whose repository answers. */
const NO_CHART = /no '[^']*' chart with version matching|no chart (?:name|version) found|invalid chart reference/;
const SOURCES = /^(?:GitRepository|OCIRepository|HelmRepository|HelmChart|Bucket)$/;

export const kustomizeBuildFailed = messageAnalyzer({
  kind: 'kustomize-build-failed',
  stage: 'sync',
  depth: DEPTH.delivery,
  title: 'The kustomization cannot be built',
  about:
    '`kustomize build`, `kubectl apply -k` or a Flux Kustomization fails: a resource, base or patch target is not there, does not parse, or cannot be decrypted (SOPS) or filled in (variables).',
  remedy: 'Build it locally; correct the path or patch that the message names.',
  pattern:
    /kustomize build failed|accumulating (?:resources|components)|no matches for Id [^;]+|failed to find unique target for patch|evalsymlink failure|unable to find one of 'kustomization\.yaml'|kustomization\.yaml: no such file|may not add resource with an already registered id|Failed to (?:apply|load) patch|trouble configuring builtin \w+|kustomization path not found|decryption failed for '|failed to decrypt and format|error decrypting sops tree|post build failed|[Vv]ar(?:iable)? substitution failed|envsubst error/,
  confidence: 0.94,
  holds: (_match, message) => !isArgo(message),
  says: (_match, message) => {
    const path = /evalsymlink failure on '([^']+)'|kustomization path not found: stat (\S+?):/.exec(message.text);
    const gone = (path?.[1] ?? path?.[2])?.replace(/^\/tmp\/kustomization-\d+\//, '');
    return `its kustomization cannot be built${gone === undefined ? '' : `: \`${gone}\` is not there`} (${innermost(message.text.replace(/\s+/g, ' ')).slice(0, 220)})`;
  },
  remedies: () => [
    look('Build it locally', command('kustomize', 'build', 'PATH')),
    change('Correct the resource, base or patch that the message names'),
  ],
});

/** Of a long chain of bases that each say that they could not accumulate the next, the last link. */
function innermost(said: string): string {
  const last = said.lastIndexOf('accumulating ');
  return said.length <= 220 || last < 0 || said.length - last < 60 ? said : said.slice(last);
}

export const fluxSourceFailed = messageAnalyzer({
  kind: 'flux-source-failed',
  stage: 'sync',
  depth: DEPTH.delivery - 1,
  title: 'Flux cannot fetch the source',
  about:
    'A GitRepository, OCIRepository, HelmRepository or Bucket is not ready: the host, the credentials, the branch or the tag is wrong.',
  remedy: 'Correct URL, reference or secretRef of the source.',
  aspects: {
    access: 'the credentials are missing or refused',
    revision: 'the branch, tag or version does not exist',
    unreachable: 'the host does not resolve or does not answer',
  },
  aspect: (_match, { text }) =>
    /authenti|denied|forbidden|unauthorized|401|403|secret/i.test(text)
      ? 'access'
      : /reference not found|couldn't find|no match|not found/i.test(text)
        ? 'revision'
        : 'unreachable',
  origins: ['condition', 'event', 'status'],
  pattern:
    /failed to (?:checkout|clone|pull|fetch|download|determine|get|list)|unable to clone|authentication required|reference not found|no such host|connection (?:refused|timed out)|could not (?:find|resolve)|i\/o timeout|unauthorized|(?:pull|clone|fetch)[^\n]* denied|failed to configure/i,
  confidence: 0.93,
  // That the repository has no such chart or version is no trouble of the source.
  holds: (_match, { object, text }) =>
    SOURCES.test(object?.kind ?? '') && !(object?.kind === 'HelmChart' && NO_CHART.test(text)),
  says: (_match, message) => `Flux cannot fetch it (${message.text.slice(0, 240)})`,
  remedies: () => [
    look('See the sources', command('flux', 'get', 'sources', 'all', '-A')),
    change('Correct URL, reference or secretRef of the source'),
  ],
});

/** kustomize-controller and helm-controller, of a dependency that is there and not ready, or old; and of one that is not there. */
const DEPENDENCY =
  /dependency '([\w-]+)\/([\w.-]+)' (?:is not ready|revision is not up to date|(not found))|unable to get '([\w-]+)\/([\w.-]+)' dependency: ([^\n]*)/;

/** The dependency that a message names, and whether there is none of that name. */
function dependencyIn([, space, name, gone, askedSpace, askedName, why = '']: RegExpExecArray) {
  return {
    namespace: space ?? askedSpace ?? '',
    name: name ?? askedName ?? '',
    missing: gone !== undefined || /not found/.test(why),
  };
}

export const fluxDependencyNotReady = messageAnalyzer({
  kind: 'flux-dependency-not-ready',
  stage: 'sync',
  depth: DEPTH.custom - 1,
  title: 'Flux waits for a dependency',
  about: 'A Kustomization or HelmRelease depends on another one that is not ready. Why that one is not, is the cause.',
  remedy: 'Look at the dependency that the message names.',
  origins: ['condition', 'event', 'status'],
  pattern: DEPENDENCY,
  confidence: 0.75,
  // One that is not there is named wrongly by who waits, or was never made.
  object: (match, { object }): ObjectRef | undefined => {
    const { namespace, name, missing } = dependencyIn(match);
    if (missing && object !== undefined) return { ...object, path: 'spec.dependsOn' };
    return { kind: object?.kind ?? 'Kustomization', namespace, name };
  },
  says: (match) => {
    const { namespace, name, missing } = dependencyIn(match);
    return `it waits for \`${namespace}/${name}\`, which ${missing ? 'does not exist' : 'is not ready'}`;
  },
  remedies: (match) => {
    const { namespace, missing } = dependencyIn(match);
    return [
      look('Look at the dependency', command('flux', 'get', 'all', '-n', labelOf(namespace))),
      ...(missing ? [change('Correct the name or namespace in dependsOn, or add what it names')] : []),
    ];
  },
});

export const fluxHealthCheckFailed = messageAnalyzer({
  kind: 'flux-health-check-failed',
  stage: 'sync',
  depth: DEPTH.custom - 2,
  title: 'What Flux applied does not become healthy',
  about:
    'A Kustomization was applied, and its health checks time out or fail. What keeps the named objects from being ready is the cause.',
  remedy: 'Look at the objects that the message names.',
  origins: ['condition', 'event', 'status'],
  pattern: /[Hh]ealth check failed after|timeout waiting for: \[/,
  confidence: 0.75,
  object: (_match, { text }) => {
    const named = /\[?([A-Z]\w+)\/([\w-]+)\/([\w.-]+) status: '/.exec(text);
    return named === null ? undefined : { kind: named[1] ?? '', namespace: named[2] ?? '', name: named[3] ?? '' };
  },
  says: (_match, message) => `what it applied does not become healthy (${message.text.slice(0, 240)})`,
  remedies: () => [look('Look at the objects that it names', command('flux', 'tree', 'kustomization', 'NAME'))],
});

export const flux: readonly Analyzer[] = [
  kustomizeBuildFailed,
  fluxSourceFailed,
  fluxDependencyNotReady,
  fluxHealthCheckFailed,
];
