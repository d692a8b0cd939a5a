import { get, logs } from '../../../../src/evidence/commands/kubectl.ts';
import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import type { EvidenceItem } from '../../../../src/evidence/model.ts';
import { findObject } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import type { Remedy } from '../../schema.ts';
import { about, cite, citeAny, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { type MessageKind, messageAnalyzer } from '../message-analyzer.ts';
import { appCommand, applications } from './argocd-app.ts';
import { contended } from './argocd-contended.ts';
import { syncWaiting } from './argocd-waiting.ts';
import { flux } from './flux.ts';
import { helm } from './helm.ts';
import { isArgo } from './helm-release.ts';

type SyncKind = Omit<MessageKind, 'stage' | 'depth' | 'origins'>;

function syncAnalyzer(definition: SyncKind): Analyzer {
  return messageAnalyzer({ stage: 'sync', depth: DEPTH.delivery, origins: ['argocd', 'output'], ...definition });
}

const FLUX_SOURCE = /^(?:GitRepository|HelmRepository|OCIRepository|Bucket|HelmChart)$/;

const OF_ARGO = new WeakMap<EvidenceItem, boolean>();

/** Whether a text, or the command that printed it, names Argo CD at all. */
function speaksOfArgo(item: EvidenceItem): boolean {
  const known = OF_ARGO.get(item) ?? /argo/i.test(`${item.command ?? ''}\n${item.text}`);
  OF_ARGO.set(item, known);
  return known;
}

const repositoryUnreachable = syncAnalyzer({
  kind: 'argocd-repository-unreachable',
  title: 'Argo CD cannot read the repository',
  about: 'The repository does not exist, its host does not resolve, or the credentials are missing or wrong.',
  remedy: 'Correct the URL, or give Argo CD credentials for it.',
  pattern:
    /repository not found|failed to list refs|authentication required|unable to access 'https?:[^']+'|could not read Username|Permission denied \(publickey\)|repository not accessible|error testing repository connectivity|remote: Repository not found|ssh: handshake failed/i,
  except: /pull access|docker|manifest unknown|image|push permission|\/v2\//i,
  // Flux says the same of its own sources, and git and ssh of whatever a job reads.
  holds: (_match, message, view) =>
    (message.origin !== 'output' || isArgo(message) || speaksOfArgo(message.item)) &&
    !view.scene.objects.some(
      ({ ref, sightings }) =>
        FLUX_SOURCE.test(ref.kind) && sightings.some((sighting) => sighting.item === message.item),
    ),
  confidence: 0.95,
  says: (match, { object }, view) => {
    const why = /^failed to list refs$/i.test(match[0]) ? /refs: ([^"\n]{4,160})/.exec(match.input)?.[1] : undefined;
    const source = object === undefined ? undefined : at(findObject(view.scene, object)?.object, 'spec', 'source');
    const url = text(at(source, 'repoURL'));
    const named = url === undefined || match[0].includes(url) ? '' : ` ${url}`;
    return `Argo CD cannot read its repository${named} (\`${why ?? match[0]}\`)`;
  },
  remedies: () => [
    look('See what Argo CD knows of the repository', command('argocd', 'repo', 'list')),
    change('Correct the URL or the credentials of the repository'),
  ],
});

const revisionMissing = syncAnalyzer({
  kind: 'argocd-revision-missing',
  title: 'The target revision does not exist',
  about: 'The branch, tag or commit that the Application follows is not in the repository.',
  remedy: 'Correct targetRevision, or push the branch or tag.',
  pattern: /unable to resolve '([^']+)' to a commit SHA|couldn't find remote ref (\S+)|revision (\S+) not found/,
  confidence: 0.96,
  says: (match) => `the revision \`${match.slice(1).find((part) => part)}\` does not exist in its repository`,
  remedies: () => [change('Correct targetRevision, or push the branch or tag')],
});

const pathMissing = syncAnalyzer({
  kind: 'argocd-path-missing',
  title: 'The path does not exist in the repository',
  about: 'The Application points at a folder that is not there at that revision.',
  remedy: 'Correct spec.source.path, or restore the folder.',
  pattern:
    /([\w./-]+): app path does not exist|app path does not exist|app path is absolute|path '?([\w./-]+)'? (?:does not exist|not found) in repo/,
  confidence: 0.97,
  says: (match) => `the path \`${match[1] ?? match[2] ?? ''}\` does not exist in its repository`.replace(' ``', ''),
  object: (_match, message) =>
    message.object === undefined ? undefined : { ...message.object, path: 'spec.source.path' },
  remedies: () => [change('Correct spec.source.path, or restore the folder in Git')],
});

const SHOWN = 260;

/** What the tool itself said, without the words of Argo CD and gRPC around it; a long one without its middle. */
function toolsWords(message: string): string {
  const said = message
    .replace(/\s+/g, ' ')
    .replace(/^.*?\brpc error: code = \w+ desc = /, '')
    .replace(/^.*\bfailed exit status \d+: (?=\S)/, '');
  if (said.length <= SHOWN) return said;
  return `${said.slice(0, SHOWN / 3).replace(/\s+\S*$/, '')} … ${said.slice((-SHOWN * 2) / 3).replace(/^\S*\s+/, '')}`;
}

/** The tool that failed, on the folder of the repository that the message names. */
function renderLocally(message: string): Remedy {
  const path = /<path to cached source>\/([\w./-]+)/.exec(message)?.[1];
  const folder = path === undefined ? 'PATH' : operand(path.replace(/\/+$/, ''));
  if (/kustomize|accumulating resources/.test(message))
    return look('Build it locally, in the repository', command('kustomize', 'build', folder));
  if (/helm|\btemplate: |nil pointer evaluating|error calling include|values don't meet/.test(message))
    return look(
      'Render it locally, in the repository, with the values that the Application gives',
      command('helm', 'template', folder),
    );
  return look('Render it locally with the tool that the Application uses');
}

const renderingFailed = syncAnalyzer({
  kind: 'argocd-rendering-failed',
  title: 'The manifests cannot be rendered',
  about: 'Helm, kustomize or a plugin fails to produce manifests.',
  remedy: 'Render locally with the same tool; correct what it names.',
  pattern:
    /(helm template [\s\S]{0,300}? failed|kustomize build [\s\S]{0,300}? failed|Manifest generation error|failed to generate manifest|error unmarshaling|accumulating resources|template: [\w./:-]+: executing|nil pointer evaluating|YAML parse error|failed to unmarshal manifest|error calling include|values don't meet the specifications)/,
  except:
    /code = (?:Unavailable|DeadlineExceeded) desc|app path does not exist|repository not found|authentication required|unable to resolve|failed to list refs/,
  // What Helm, kustomize and Flux say themselves has kinds of its own. An ApplicationSet's template makes Applications, no manifests.
  holds: (_match, message) => isArgo(message) && message.object?.kind !== 'ApplicationSet',
  confidence: 0.93,
  says: (_match, message) => `its manifests cannot be rendered (${toolsWords(message.text)})`,
  remedies: (_match, message) => [
    renderLocally(message.text),
    change('Correct the template or values that the message names'),
  ],
});

const REPO_SERVER = { kind: 'Deployment', name: 'argocd-repo-server', namespace: 'argocd' };

const repoServerUnreachable = syncAnalyzer({
  kind: 'argocd-repo-server-unreachable',
  title: "Argo CD's own repository server does not answer",
  about:
    'The application controller asks argocd-repo-server to make the manifests and gets no connection or no answer in time: it is down, restarting or overloaded. All Applications are concerned.',
  remedy: 'See whether argocd-repo-server runs, and what its log says.',
  // gRPC's own words; what the repository server itself answers has the code Unknown.
  pattern:
    /code = (?:Unavailable|DeadlineExceeded) desc = .*?(?<why>connection refused|no such host|i\/o timeout|context deadline exceeded|no route to host|connection reset|error reading from server|EOF|produced zero addresses)/,
  holds: (_match, message) => isArgo(message),
  confidence: 0.93,
  says: ({ groups }) => `Argo CD cannot ask its own repository server (\`${groups?.why}\`)`,
  object: () => REPO_SERVER,
  remedies: () => [look('See whether it runs', get(REPO_SERVER)), look('Read its log', logs(REPO_SERVER))],
});

const projectDenied = syncAnalyzer({
  kind: 'argocd-project-denied',
  title: 'The Argo CD project does not permit it',
  about:
    'Destination, source repository or kind is not among those that the AppProject permits; or the project does not exist.',
  remedy: 'Extend the AppProject, or move the Application.',
  pattern:
    /is not permitted in project ['"]?([\w-]+)|(?:not permitted|do not match any of the allowed destinations) in project '?([\w-]+)|Application referencing project ([\w-]+) which does not exist|namespace \S+ is not permitted|resource \S+ is not permitted in project ([\w-]+)/,
  confidence: 0.96,
  says: (_match, message) => `its project does not permit it (${message.text.slice(0, 220)})`,
  object: (match) => {
    const name = match.slice(1).find((part) => part !== undefined);
    return name === undefined ? undefined : { kind: 'AppProject', name };
  },
  remedies: (match) => [
    look(
      'See what the project permits',
      command('argocd', 'proj', 'get', operand(match.slice(1).find((part) => part !== undefined) ?? 'PROJECT')),
    ),
    change('Extend the AppProject, or correct destination or source of the Application', 'medium'),
  ],
});

const destinationInvalid = syncAnalyzer({
  kind: 'argocd-destination-invalid',
  title: 'The destination cluster is unknown or cannot be reached',
  about: "Argo CD does not know the Application's cluster, or gets no answer from it.",
  remedy: 'Correct spec.destination, or add the cluster.',
  pattern:
    /application destination (?:spec )?(?:is invalid|server and\/or|can't have both)|there are no clusters with this name: (\S+)|cluster '?(\S+?)'? (?:has not been|is not) configured|unable to find destination server|[Ff]ailed to load target state: failed to get cluster version/,
  confidence: 0.95,
  says: (_match, message) => `its destination is no cluster that Argo CD can use (${message.text.slice(0, 200)})`,
  remedies: () => [
    look('See the clusters', command('argocd', 'cluster', 'list')),
    change('Correct spec.destination, or add the cluster'),
  ],
});

const hookFailed: Analyzer = {
  kind: 'argocd-hook-failed',
  stage: 'sync',
  depth: DEPTH.workload + 5,
  title: 'A sync hook failed',
  about: 'A PreSync, Sync or PostSync hook (usually a Job) ended with an error, so the sync stops there.',
  remedy: "Read the log of the hook's job; correct it and sync again.",
  find: (view) =>
    applications(view).flatMap((app) =>
      objects(at(app.object, 'status', 'operationState', 'syncResult', 'resources'))
        .filter(
          (resource) =>
            text(resource.hookType) !== undefined &&
            /Failed|Error/.test(`${text(resource.hookPhase) ?? ''} ${text(resource.status) ?? ''}`),
        )
        .map((resource): Draft => {
          const ref = {
            kind: text(resource.kind) ?? 'Job',
            name: text(resource.name) ?? '',
            ...(text(resource.namespace) ? { namespace: text(resource.namespace) as string } : {}),
          };
          return {
            object: ref,
            summary: `${named(app.ref)}: its ${text(resource.hookType)} hook ${named(ref)} failed${resource.message === undefined ? '' : ` (${text(resource.message)?.slice(0, 160)})`}`,
            confidence: 0.92,
            severity: 'failed',
            citations: [cite(app, ref.name), cite(app, /Phase:|phase:/)],
            involves: [app.ref],
            remedies: [look("Read the hook's log", logs(ref)), change('Correct the hook and sync again', 'medium')],
          };
        }),
    ),
};

/** A sync window that keeps an Application's changes back: the API's words, or the line of `argocd app get`. */
const WINDOW = /blocked by (?:a )?sync window|SyncWindow:\s+Sync Denied/;

/** What holds an Application's changes back although no operation failed: a condition of an error, or a window that is closed. */
function heldBack(view: View, app: SceneObject): Draft | undefined {
  // One that says no more than the name of its condition stands in a list; the whole Application has its message.
  const wrong = objects(at(app.object, 'status', 'conditions')).find(({ type }) => /Error$/.test(text(type) ?? ''));
  const message = text(wrong?.message) ?? '';
  const outOfSync = text(at(app.object, 'status', 'sync', 'status')) === 'OutOfSync';
  const closed = cite(app, WINDOW);
  const byWindow = WINDOW.test(message) || (wrong === undefined && outOfSync && closed !== undefined);
  if (wrong === undefined && !byWindow) return undefined;
  const said = about(view, app.ref).find((m) => m.origin === 'argocd' && m.text === message);
  const type = text(wrong?.type) ?? '';
  const why = byWindow ? 'a sync window keeps its changes back' : `Argo CD reports ${type}`;
  return {
    object: app.ref,
    ...(byWindow ? { aspect: 'sync-window' } : {}),
    summary: `${named(app.ref)}: ${why}${message === '' ? '' : ` (${message.slice(0, 240)})`}`,
    confidence: message === '' ? 0.6 : byWindow ? 0.88 : 0.7,
    severity: wrong === undefined ? 'degraded' : 'failed',
    citations: [said?.cite(), closed, type === '' ? undefined : cite(app, type)],
    remedies: byWindow
      ? [
          look(
            'See the windows of its project',
            command('argocd', 'proj', 'windows', 'list', operand(text(at(app.object, 'spec', 'project')) ?? 'PROJECT')),
          ),
          change('Wait until the window is over, or let the window permit manual syncs', 'medium'),
        ]
      : [look('See its conditions', appCommand('get', app.ref))],
  };
}

const SYNC_FAILED = {
  kind: 'argocd-sync-failed',
  title: 'The sync failed',
  about:
    'Argo CD could not apply the manifests, or does not try to: an operation failed, a condition tells of an error, or a sync window is closed; for a reason that no other kind names.',
  remedy: 'Read the message of the operation, of each condition and of each resource.',
} as const;

/** What the command line says where a window is closed. */
const windowClosed = syncAnalyzer({
  ...SYNC_FAILED,
  pattern: /cannot sync: blocked by sync window/,
  confidence: 0.88,
  aspect: () => 'sync-window',
  says: () => 'a sync window keeps its changes back (`cannot sync: blocked by sync window`)',
  remedies: () => [
    look('See the windows of its project', command('argocd', 'proj', 'windows', 'list', 'PROJECT')),
    change('Wait until the window is over, or let the window permit manual syncs', 'medium'),
  ],
});

const syncFailed: Analyzer = {
  ...SYNC_FAILED,
  stage: 'sync',
  depth: DEPTH.application - 2,
  aspects: { 'sync-window': "a sync window of the project keeps the Application's changes back" },
  find: (view) => [...windowClosed.find(view), ...failedSyncs(view)],
};

function failedSyncs(view: View): Draft[] {
  return applications(view).flatMap((app): Draft[] => {
    const phase = text(at(app.object, 'status', 'operationState', 'phase'));
    if (phase !== 'Failed' && phase !== 'Error') return [heldBack(view, app) ?? []].flat();
    const message = text(at(app.object, 'status', 'operationState', 'message')) ?? '';
    const said = about(view, app.ref).find((m) => m.origin === 'argocd' && m.text === message);
    return [
      {
        object: app.ref,
        summary: `${named(app.ref)}: the sync failed${message === '' ? '' : ` (${message.slice(0, 240)})`}`,
        confidence: 0.7,
        severity: 'failed',
        citations: [said?.cite(), cite(app, /Phase:\s+(Failed|Error)|phase: (Failed|Error)|"phase": "(Failed|Error)"/)],
        remedies: [look('See each resource', appCommand('get', app.ref))],
      },
    ];
  });
}

const applicationUnwell: Analyzer = {
  kind: 'argocd-application-degraded',
  stage: 'sync',
  depth: DEPTH.application,
  title: 'Argo CD calls the Application degraded or missing',
  about: 'Something that the Application manages is not well; the sum of it is what Argo CD shows.',
  remedy: 'Look at the resource that is not healthy: that is the cause.',
  find: (view) =>
    applications(view).flatMap((app): Draft[] => {
      const health = text(at(app.object, 'status', 'health', 'status'));
      if (health !== 'Degraded' && health !== 'Missing') return [];
      const bad = objects(at(app.object, 'status', 'resources')).filter((resource) =>
        /Degraded|Missing/.test(text(at(resource, 'health', 'status')) ?? ''),
      );
      const first = bad.slice(0, 3).map((resource) => {
        const says = text(at(resource, 'health', 'message')) ?? '';
        return `${text(resource.kind)} ${text(resource.name)}${says === '' ? '' : ` (${says.slice(0, 200)})`}`;
      });
      return [
        {
          object: app.ref,
          summary: `${named(app.ref)} is ${health}${first.length === 0 ? '' : ` because of ${first.join(', ')}`}`,
          confidence: 0.5,
          severity: health === 'Missing' ? 'failed' : 'degraded',
          citations: [
            cite(app, health) ?? citeAny(app),
            ...bad.slice(0, 2).map((resource) => {
              const says = text(at(resource, 'health', 'message')) ?? '';
              const line = says.split(/["'\\\n]/).find((part) => part.trim().length >= 8);
              return (line && cite(app, line.trim())) || cite(app, text(resource.name) ?? '');
            }),
          ],
          remedies: [look('See which resource is not healthy', appCommand('resources', app.ref))],
        },
      ];
    }),
};

export const sync: readonly Analyzer[] = [
  repositoryUnreachable,
  revisionMissing,
  pathMissing,
  repoServerUnreachable,
  renderingFailed,
  projectDenied,
  destinationInvalid,
  hookFailed,
  syncFailed,
  syncWaiting,
  contended,
  applicationUnwell,
  ...helm,
  ...flux,
];
