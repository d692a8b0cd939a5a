import { citeLines } from '../../../../src/evidence/cite.ts';
import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import type { Citation, ObjectRef } from '../../../../src/evidence/model.ts';
import { parseDiffHeader } from '../../../../src/evidence/parse/argocd.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { about, cite, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { messageAnalyzer } from '../message-analyzer.ts';
import { appCommand, applications } from './argocd-app.ts';

/** `ConfigMap/settings is part of applications argocd/blue and green`. */
const SHARED = /^(?<kind>\w+)\/(?<name>[\w.:-]+) is part of applications (?<apps>.+)$/;

/** A warning of an Application that is in sync says what may come; no more than that. */
function shared(app: SceneObject): Draft[] {
  if (text(at(app.object, 'status', 'sync', 'status')) !== 'OutOfSync') return [];
  return objects(at(app.object, 'status', 'conditions')).flatMap((condition): Draft[] => {
    if (text(condition.type) !== 'SharedResourceWarning') return [];
    const message = text(condition.message) ?? '';
    const { kind, name, apps } = SHARED.exec(message)?.groups ?? {};
    const namespace = text(at(app.object, 'spec', 'destination', 'namespace'));
    const object: ObjectRef =
      kind === undefined || name === undefined
        ? app.ref
        : { kind, name, ...(namespace === undefined ? {} : { namespace }) };
    const who = kind === undefined ? 'a resource' : named(object);
    return [
      {
        object,
        aspect: 'shared',
        summary: `${named(app.ref)}: ${who} is managed by several Applications${apps === undefined ? '' : ` (${apps.slice(0, 160)})`}; each sync of one undoes that of the other`,
        confidence: 0.88,
        severity: 'degraded',
        involves: [app.ref],
        citations: [cite(app, message.slice(0, 60)) ?? cite(app, 'SharedResourceWarning')],
        remedies: [
          look('See which Applications have it', command('argocd', 'app', 'list')),
          change('Take it out of all but one of the Applications, in Git', 'medium'),
        ],
      },
    ];
  });
}

/** So many heals of one revision are no accident; Argo CD waits longer between them the more there were. */
const OFTEN = 5;

/** An attempt of Argo CD to heal, as its events tell it: a sync of part of an Application, begun by itself. */
const HEALS = /^(?:Initiated automated sync to|Partial sync operation to) '?(?<revision>[\w.-]+)'?(?: succeeded)?/;

function heals(messages: readonly Message[]): Message[] {
  const partial = messages.filter(({ text: said }) => /^Partial sync operation/.test(said));
  return (partial.length > 0 ? partial : messages).filter(({ text: said }) => HEALS.test(said));
}

/** What a self-heal is undone by: an autoscaler of a workload that is out of sync, where one is shown. */
function opponent(view: View, contended: readonly ObjectRef[]): SceneObject | undefined {
  return view.scene.objects.find(
    ({ ref, object }) =>
      ref.kind === 'HorizontalPodAutoscaler' &&
      contended.some(
        ({ kind, name }) =>
          text(at(object, 'spec', 'scaleTargetRef', 'name')) === name &&
          text(at(object, 'spec', 'scaleTargetRef', 'kind')) === kind,
      ),
  );
}

/** What an Application manages that is not as Git has it. */
function outOfSync(app: SceneObject): ObjectRef[] {
  return objects(at(app.object, 'status', 'resources'))
    .filter((resource) => text(resource.status) === 'OutOfSync')
    .flatMap((resource): ObjectRef[] => {
      const [kind, name, namespace] = [text(resource.kind), text(resource.name), text(resource.namespace)];
      if (kind === undefined || name === undefined) return [];
      return [{ kind, name, ...(namespace === undefined || namespace === '' ? {} : { namespace }) }];
    });
}

function healed(view: View, app: SceneObject): Draft[] {
  const status = at(app.object, 'status', 'operationState', 'operation', 'sync');
  const count = at(status, 'autoHealAttemptsCount') ?? at(status, 'selfHealAttemptsCount');
  const told = heals(about(view, app.ref).filter(({ origin }) => origin === 'event'));
  const revisions = new Set(told.map(({ text: said }) => HEALS.exec(said)?.groups?.revision));
  const times = Math.max(typeof count === 'number' ? count : 0, revisions.size === 1 ? told.length : 0);
  if (times < OFTEN) return [];
  const contended = outOfSync(app);
  const by = opponent(view, contended);
  const object = contended.length === 1 || by !== undefined ? (contended[0] ?? app.ref) : app.ref;
  const what = object === app.ref ? 'what it manages' : named(object);
  return [
    {
      object,
      aspect: 'self-heal',
      summary: `${named(app.ref)} healed ${what} ${times} times, and something changes it back each time${by === undefined ? '' : `: ${named(by.ref)} sets its replicas`}`,
      confidence: by === undefined ? 0.78 : 0.9,
      severity: 'degraded',
      involves: [app.ref, ...(by === undefined ? [] : [by.ref])],
      citations: [
        told[0]?.cite(),
        told.at(-1)?.cite(),
        cite(app, /(?:auto|self)HealAttemptsCount/),
        cite(app, 'OutOfSync'),
      ],
      remedies: [
        look('See which field differs', appCommand('diff', app.ref)),
        look(
          'See who writes the field',
          command(
            'kubectl',
            'get',
            operand(object.kind.toLowerCase()),
            operand(object.name),
            '-o',
            'yaml',
            '--show-managed-fields',
          ),
        ),
        change(
          by === undefined
            ? 'Stop what changes it, or let the Application ignore the field (ignoreDifferences)'
            : 'Take `replicas` out of the manifest in Git: the autoscaler sets it',
          'low',
        ),
      ],
    },
  ];
}

/** Lines of a difference that `argocd app diff` shows: the live value, and the one of the manifest. */
const DIFFERS = /^[<>+-] +\S/;
const REPLICAS = /^[<>+-] +replicas: \d+$/;

/** The line below the head of an object in `argocd app diff`, where nothing but its replicas differs. */
function onlyReplicas(view: View, { kind, name }: ObjectRef): Citation | undefined {
  for (const item of view.scene.items) {
    if (!/^argocd app diff\b/.test(item.command ?? '')) continue;
    const lines = item.text.split('\n');
    const head = lines.findIndex((line) => {
      const shown = parseDiffHeader(line.trim());
      return shown?.kind === kind && shown.name === name;
    });
    if (head < 0) continue;
    const next = lines.findIndex((line, at) => at > head && line.startsWith('====='));
    const end = next < 0 ? lines.length : next;
    const changes = lines.slice(head, end).filter((line) => DIFFERS.test(line) && !/^(?:---|\+\+\+) /.test(line));
    const at = lines.findIndex((line, place) => place > head && REPLICAS.test(line));
    if (changes.length > 0 && changes.every((line) => REPLICAS.test(line))) return citeLines(item, at);
  }
  return undefined;
}

/** A workload of which only the replicas differ from Git, while an autoscaler sets them. */
function scaledBeside(view: View, app: SceneObject): Draft[] {
  if (text(at(app.object, 'status', 'sync', 'status')) !== 'OutOfSync') return [];
  return outOfSync(app).flatMap((object): Draft[] => {
    const by = opponent(view, [object]);
    const differs = by === undefined ? undefined : onlyReplicas(view, object);
    if (by === undefined || differs === undefined) return [];
    return [
      {
        object,
        aspect: 'self-heal',
        summary: `${named(app.ref)} is out of sync because ${named(by.ref)} sets the replicas of ${named(object)}, and the manifest in Git sets them, too`,
        confidence: 0.9,
        severity: 'degraded',
        involves: [app.ref, by.ref],
        citations: [differs, cite(by, /./) ?? undefined],
        remedies: [
          look('See which field differs', appCommand('diff', app.ref)),
          change('Take `replicas` out of the manifest in Git: the autoscaler sets it', 'low'),
        ],
      },
    ];
  });
}

const CONTENDED = {
  kind: 'argocd-resource-contended',
  stage: 'sync',
  title: 'Two write the same resource and undo each other',
  about:
    'What an Application manages is changed by somebody else: another Application, an autoscaler, an operator, a webhook, a person. Argo CD changes it back, and so on.',
  remedy: 'Let one alone write it: take it out of one Application, or out of the manifest the field that another sets.',
} as const;

/** Server-side apply, which takes no field from whoever set it (Kubernetes, "Server-Side Apply: Conflicts"). */
const ownedByOthers = messageAnalyzer({
  ...CONTENDED,
  depth: DEPTH.delivery,
  pattern: /Apply failed with (\d+) conflicts?: conflicts? with "([^"]+)"[^:]*:\s*(\S+)?/,
  origins: ['argocd', 'output'],
  confidence: 0.93,
  says: ([, count, manager, field]) =>
    `server-side apply is refused: \`${manager}\` has set ${count === '1' ? 'a field' : `${count} fields`} that the manifest sets, too${field === undefined || field === '-' ? '' : ` (\`${field}\`)`}`,
  remedies: () => [
    look('See who has set which field', command('kubectl', 'get', '--show-managed-fields', '-o', 'yaml', '-f', 'FILE')),
    change('Take the field out of the manifest, or take it over knowingly (--force-conflicts)', 'medium'),
  ],
});

export const contended: Analyzer = {
  ...CONTENDED,
  depth: DEPTH.application - 1,
  aspects: {
    shared: 'a resource is part of several Applications',
    'self-heal': 'Argo CD healed the same revision again and again',
  },
  find: (view) => [
    ...applications(view).flatMap((app) => [...shared(app), ...healed(view, app), ...scaledBeside(view, app)]),
    ...ownedByOthers.find(view),
  ],
};
