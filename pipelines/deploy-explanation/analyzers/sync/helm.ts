import { list } from '../../../../src/evidence/commands/kubectl.ts';
import { inNamespace, nameOf } from '../../../../src/evidence/commands/names.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { type ObjectRef, refText } from '../../../../src/evidence/model.ts';
import { findObject, workloadOf } from '../../../../src/evidence/relations.ts';
import { workloadsSeen } from '../../asked-workloads.ts';
import type { View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { isCustom } from '../custom/own-words.ts';
import { type MessageKind, messageAnalyzer } from '../message-analyzer.ts';
import { isArgo, isPast, pendingOf, releaseIn } from './helm-release.ts';

type HelmKind = Omit<MessageKind, 'stage' | 'depth'> & { readonly depth?: number };

function helmAnalyzer(definition: HelmKind): Analyzer {
  return messageAnalyzer({
    stage: 'sync',
    depth: DEPTH.delivery,
    object: (_match, message) => releaseIn(message),
    ...definition,
    holds: (match, message, view) =>
      !isArgo(message) && !isPast(message) && (definition.holds?.(match, message, view) ?? true),
  });
}

const quote = ({ text }: Message) => text.replace(/\s+/g, ' ').slice(0, 260);

/** `api/templates/deployment.yaml:47:26` in any of the ways in which Helm names a place. */
function placeIn(text: string): string | undefined {
  return /\(?([\w.-]+\/(?:charts\/[\w./-]+\/)?templates\/[\w./-]+?):(\d+)/.exec(text)?.slice(1, 3).join(':');
}

const RENDERING = {
  'values-missing': 'the template asks for a value that is not given',
  'template-error': 'the template itself is wrong: a function, a field or the syntax',
  schema: "the values do not fit the chart's schema",
  yaml: 'what the template renders is not valid YAML',
};

function renderingAspect(text: string): keyof typeof RENDERING {
  if (/meet the specifications of the schema/.test(text)) return 'schema';
  if (/YAML parse error|error converting YAML/.test(text)) return 'yaml';
  return /nil pointer evaluating|required|must be (?:set|provided)|execution error at/.test(text)
    ? 'values-missing'
    : 'template-error';
}

/** Whether a resource of another maker renders templates of its own, of the same language. */
function isOther({ object, text }: Message): boolean {
  if (object === undefined || object.kind === 'TerraformResource' || !isCustom(object)) return false;
  return !/helm|release|chart/i.test(`${object.apiVersion ?? ''} ${object.kind} ${text}`);
}

export const helmRenderingFailed = helmAnalyzer({
  kind: 'helm-rendering-failed',
  title: 'Helm cannot render the chart',
  about:
    '`helm template`, `helm upgrade` or a Flux HelmRelease ends with an error in a template: a value is missing, does not fit the schema, or the template is wrong. The message names file and line.',
  remedy: 'Render locally with the same values; correct the value or the template that the message names.',
  aspects: RENDERING,
  aspect: (_match, { text }) => renderingAspect(text),
  pattern:
    /template: [\w./-]+:\d+(?::\d+)?: |execution error at \([^)]+\)|parse error at \([^)]+\)|YAML parse error on \S+|meet the specifications of the schema|nil pointer evaluating|error calling include|failed to render chart/,
  holds: (_match, message) => !isOther(message),
  confidence: 0.95,
  says: (_match, message) => {
    const place = placeIn(message.text);
    return `the chart cannot be rendered${place === undefined ? '' : ` (${place})`}: ${quote(message)}`;
  },
  object: (_match, message) => {
    const release = releaseIn(message);
    const place = placeIn(message.text);
    if (release !== undefined) return { ...release, path: place ?? 'spec.values' };
    return place === undefined ? undefined : { kind: 'File', name: place.split(':')[0] ?? place };
  },
  remedies: (_match, message) => [
    look('Render locally with the same values', command('helm', 'template', '.', '-f', 'VALUES', '--debug')),
    change(
      renderingAspect(message.text) === 'template-error'
        ? 'Correct the template at the line that the message names'
        : 'Give the value that the message names',
    ),
  ],
});

export const helmOperationInProgress = helmAnalyzer({
  kind: 'helm-operation-in-progress',
  title: 'Another Helm operation holds the release',
  about:
    'An install, upgrade or rollback of the release is under way, or died and left it in a pending state, so that Helm refuses the next one.',
  remedy: 'Wait for it; when nothing runs any more, roll back to the last deployed revision.',
  pattern: /another operation \(install\/upgrade\/rollback\) is in progress/,
  confidence: 0.97,
  says: (_match, message, view) => {
    const pending = pendingOf(view, releaseIn(message));
    return `Helm refuses to change the release: another operation is in progress, or died and left it pending${pending === undefined ? '' : ` (${pending})`}`;
  },
  remedies: (_match, message) => {
    const release = releaseIn(message);
    const on = release === undefined ? 'RELEASE' : nameOf(release);
    return [
      look('See which revision is pending', command('helm', 'history', on, inNamespace(release))),
      change(
        'Roll back to the last revision that was deployed',
        'medium',
        command('helm', 'rollback', on, inNamespace(release)),
      ),
    ];
  },
});

export const helmNameInUse = helmAnalyzer({
  kind: 'helm-release-name-in-use',
  title: 'The release exists already',
  about:
    '`helm install` is asked for a name that a release has already (perhaps a failed one, or an uninstalled one that is kept).',
  remedy: 'Upgrade it (`helm upgrade --install`), take another name, or uninstall the old one.',
  pattern: /cannot re-?use a name that is still in use|a release named "?[\w.-]+"? already exists/,
  confidence: 0.97,
  says: () => 'a release of this name exists already',
  remedies: () => [
    look('See the releases, failed ones too', command('helm', 'list', '-a')),
    change('Upgrade instead of installing (helm upgrade --install)'),
  ],
});

/** Commands that look at a release, and those that make or change one. */
const LOOKS = /^helm\b.*\s(?:status|history|get)\b/;
const CHANGES = /^helm\b.*\s(?:install|upgrade)\b/;

/** Whether a workload that is called as a release is there with all of its pods ready. */
function isUpAs(view: View, release: ObjectRef | undefined): boolean {
  return workloadsSeen(view).some(
    ({ ref, replicas }) =>
      ref.name === release?.name &&
      ref.namespace === release.namespace &&
      replicas.ready > 0 &&
      replicas.ready >= replicas.total,
  );
}

export const helmReleaseMissing = helmAnalyzer({
  kind: 'helm-release-missing',
  title: 'There is no deployed release to change',
  about: 'The release does not exist in this namespace, or no revision of it was ever deployed.',
  remedy: 'Check name and namespace; install it, or uninstall the failed first revision.',
  pattern:
    /has no deployed releases|(?:UPGRADE|ROLLBACK) FAILED: release: not found|uninstall: Release not loaded|^Error: release: not found/,
  // Who looks for what an install above did not bring finds nothing, and that is no news; what is up under that name came in another way.
  holds: (_match, message, view) => {
    const { item, text: said } = message;
    if (!LOOKS.test(item.command ?? '')) return true;
    const failedAbove = view.messages.some(
      (other) =>
        other.text !== said &&
        other.item.source.name === item.source.name &&
        CHANGES.test(other.item.command ?? '') &&
        other.text.startsWith('Error: '),
    );
    return !failedAbove && !isUpAs(view, releaseIn(message));
  },
  confidence: 0.95,
  says: (match) => `there is no deployed release to change (\`${match[0]}\`)`,
  remedies: () => [
    look('See the releases of all namespaces', command('helm', 'list', '-aA')),
    change('Install it (helm upgrade --install), after uninstalling a failed first revision', 'medium'),
  ],
});

export const helmOwnershipConflict = helmAnalyzer({
  kind: 'helm-ownership-conflict',
  title: 'An object exists that Helm does not own',
  about:
    'The chart would make an object that exists already, and which lacks the labels and annotations of this release.',
  remedy: 'Remove the object, rename it in the chart, or let the release adopt it (labels and annotations).',
  pattern:
    /[Uu]nable to continue with (?:install|update): (\w+) "([^"]+)" in namespace "([^"]*)" exists|invalid ownership metadata/,
  confidence: 0.96,
  says: (match) =>
    match[2] === undefined
      ? 'an object of the chart exists already and belongs to nobody or another release'
      : `${match[1]} \`${match[2]}\` exists already and does not belong to this release`,
  object: (match, message) =>
    match[2] === undefined
      ? releaseIn(message)
      : {
          kind: match[1] ?? '',
          ...(match[3] === undefined || match[3] === '' ? {} : { namespace: match[3] }),
          name: match[2],
        },
  remedies: () => [
    look('See who made it', command('kubectl', 'get', 'KIND', 'NAME', '-o', 'yaml', '--show-managed-fields')),
    change(
      'Let the release adopt it: label app.kubernetes.io/managed-by=Helm and the annotations meta.helm.sh/release-name, release-namespace',
      'medium',
    ),
  ],
});

/** The HelmRelease for which Flux made a HelmChart, where it is seen. */
function ownerOf(view: View, chart: ObjectRef | undefined): ObjectRef | undefined {
  if (chart?.kind !== 'HelmChart') return undefined;
  return view.scene.objects.find(
    ({ ref }) => ref.kind === 'HelmRelease' && `${ref.namespace ?? ''}-${ref.name}` === chart.name,
  )?.ref;
}

export const helmChartNotFound = helmAnalyzer({
  kind: 'helm-chart-not-found',
  title: 'The chart cannot be loaded',
  about:
    'The chart, its version, its repository or one of its dependencies is not found, or the repository does not answer.',
  remedy: 'Correct name, version or repository of the chart; build its dependencies.',
  aspects: {
    version: 'the repository has no such chart or version',
    repository: 'the repository is not known, or does not answer',
    dependencies: 'charts that it depends on are not in its folder (helm dependency build)',
    path: 'the folder holds no chart',
  },
  aspect: ({ 0: said }) =>
    /missing in charts|dependencies/.test(said)
      ? 'dependencies'
      : /repo|registry|download/.test(said)
        ? 'repository'
        : /Chart\.yaml|path/.test(said)
          ? 'path'
          : 'version',
  pattern:
    /found in Chart\.yaml, but missing in charts\/ directory[^\n]*|chart "[^"]+" (?:matching \S+ |version "[^"]+" )?not found[^\n]*|no chart (?:version|name) found[^\n]*|looks like "[^"]+" is not a valid chart repository[^\n]*|failed to download "[^"]+"|Chart\.yaml file is missing|path "[^"]+" not found|repo \S+ not found|failed to perform "\w+" on source: [^\n]*?not found|no '?\S+'? chart with version matching[^\n]*/,
  // Flux makes a HelmChart for each HelmRelease, and calls it after that: the version stands in the release.
  object: (_match, message, view) => releaseIn(message) ?? ownerOf(view, message.object),
  confidence: 0.94,
  says: (match) => `its chart cannot be loaded (${match[0].slice(0, 200)})`,
  remedies: () => [
    look('See which versions there are', command('helm', 'search', 'repo', 'CHART', '--versions')),
    change('Correct name, version or repository of the chart, or run helm dependency build'),
  ],
});

/** Workloads and Jobs in the namespace of a release that are not well: for what it waits, or which hook fails. */
function awaited(view: View, release: ObjectRef | undefined): ObjectRef[] {
  const near = ({ namespace }: ObjectRef) =>
    release?.namespace === undefined || namespace === undefined || namespace === release.namespace;
  return view.troubled.filter(({ ref }) => near(ref)).flatMap(({ ref }) => [workloadOf(view.scene, ref), ref]);
}

/** Jobs that Helm names itself: `job billing-migrate failed: BackoffLimitExceeded`. */
function namedJobs(view: View, { summary, object: { namespace } }: Draft): ObjectRef[] {
  const name = /\bjob \\?"?([a-z0-9][a-z0-9.-]*)\\?"? failed\b/i.exec(summary)?.[1];
  const job = { kind: 'Job', name: name ?? '', ...(namespace === undefined ? {} : { namespace }) };
  return name === undefined ? [] : [findObject(view.scene, job)?.ref ?? job];
}

const waits = (definition: HelmKind): Analyzer => {
  const analyzer = helmAnalyzer(definition);
  return {
    ...analyzer,
    find: (view) =>
      analyzer.find(view).map((draft) => ({
        ...draft,
        involves: [
          ...(draft.involves ?? []),
          ...awaited(view, draft.object.kind === 'HelmRelease' ? draft.object : undefined).slice(0, 20),
          ...namedJobs(view, draft),
        ],
      })),
  };
};

export const helmTimedOut = waits({
  kind: 'helm-upgrade-timed-out',
  title: 'Helm waited in vain for the release to become ready',
  about:
    '`--wait` or `--atomic` (or Flux) gave up before all objects of the release were ready. Which of them is not, and why, is the cause.',
  remedy: 'Look at the pods of the release: what keeps them from being ready is the cause.',
  depth: DEPTH.application - 4,
  pattern:
    /(?:FAILED|failed)[^\n]*?(?:timed out waiting for the condition|context deadline exceeded|timeout waiting for)|has been (?:rolled back|uninstalled) due to atomic|timed out waiting for the condition/,
  except:
    /hooks? failed|admission webhook|Multi-Attach|attach or mount|Internal error|Get "https?:|Post "https?:|probe/,
  origins: ['condition', 'output', 'event'],
  confidence: 0.75,
  says: ({ input }) => {
    const why =
      /context deadline exceeded|timed out waiting for the condition|timeout waiting for: \[[^\]]{1,200}/.exec(
        input,
      )?.[0];
    return `Helm gave up waiting until all of its objects are ready${why === undefined ? '' : ` (\`${why}\`)`}`;
  },
  holds: (_match, message) =>
    releaseIn(message) !== undefined || /UPGRADE FAILED|INSTALLATION FAILED/.test(message.text),
  remedies: (_match, message) => {
    const release = releaseIn(message);
    const on = release === undefined ? 'RELEASE' : nameOf(release);
    return [
      look('See what is not ready', list('pods,jobs', release)),
      change('Roll back meanwhile', 'low', command('helm', 'rollback', on, inNamespace(release))),
    ];
  },
});

export const helmHookFailed = waits({
  kind: 'helm-hook-failed',
  title: 'A Helm hook failed',
  about:
    'A pre- or post-install, -upgrade, -rollback or -delete hook (usually a Job) failed or timed out, so Helm stops there.',
  remedy: "Read the log of the hook's Job; correct it and upgrade again.",
  depth: DEPTH.workload + 5,
  pattern:
    /((?:pre|post)-(?:install|upgrade|rollback|delete)) hooks? failed(?:: ([\s\S]{0,200}))?|failed (pre|post)-(?:install|upgrade|rollback|delete)/,
  confidence: 0.9,
  says: (match, message) => {
    const said = message.text.slice(match.index);
    return `its ${match[1] ?? match[3] ?? ''} hook failed (${quote({ ...message, text: said })})`;
  },
  remedies: (_match, message) => {
    const release = releaseIn(message);
    return [
      look("Read the hook's log", list('jobs', release)),
      change(
        `Correct the hook of ${release === undefined ? 'the release' : refText(release)} and upgrade again`,
        'medium',
      ),
    ];
  },
});

export const helm: readonly Analyzer[] = [
  helmRenderingFailed,
  helmOperationInProgress,
  helmNameInUse,
  helmReleaseMissing,
  helmOwnershipConflict,
  helmChartNotFound,
  helmTimedOut,
  helmHookFailed,
];
