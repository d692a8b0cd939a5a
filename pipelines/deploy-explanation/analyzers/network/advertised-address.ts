import { UNANSWERED, variablesOf } from '../../../../src/evidence/calls.ts';
import { citeLines } from '../../../../src/evidence/cite.ts';
import { describe } from '../../../../src/evidence/commands/kubectl.ts';
import { WORKLOADS } from '../../../../src/evidence/kinds.ts';
import { type Citation, type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import { findObject, podSpecOf, templateSpecOf, usesOf, workloadOf } from '../../../../src/evidence/relations.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { asArray, at, objects, strings } from '../../../../src/json.ts';
import { literally } from '../../../../src/literal.ts';
import { cite, named, type View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { subjectOf } from '../startup/log-errors.ts';

/** Settings with which servers tell clients where to come back to: Kafka, Redpanda, Redis, etcd, NATS, Eureka, Pulsar. */
const ADVERTISES =
  /advertised?[._-]?(?:listeners?|kafka[._-]?addr(?:ess)?|host[._-]?name|host|address|client[._-]?urls?|peer[._-]?urls?)|announce[._-]?(?:ip|host(?:name)?)|client[._-]?advertise/i;
const ADDRESS = /(?<![\w.-])(?:[a-z_]+:\/\/)?([a-z0-9][a-z0-9.-]*):(\d{2,5})\b/gi;
/** Names of the own machine: what a client reaches by them is itself. */
const ITSELF = /^(?:localhost|127\.0\.0\.1|0\.0\.0\.0)$/;

/** An address that a server gives to its clients. */
interface Advertised {
  readonly server: ObjectRef;
  readonly source: SceneObject;
  /** What holds the setting, and where in it. */
  readonly object: ObjectRef;
  readonly setting: string;
  readonly host: string;
  readonly port: string;
}

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly source: SceneObject;
  readonly path: string;
}

/** Settings of a workload: variables, arguments, and lines of the ConfigMaps that it uses. */
function settingsOf(view: View, workload: SceneObject): Setting[] {
  const spec = workload.ref.kind === 'Pod' ? podSpecOf(view.scene, workload) : templateSpecOf(workload.object);
  const inSpec = objects(at(spec, 'containers')).flatMap((container) => {
    const path = `spec.template.spec.containers[${container.name}]`;
    const variables = variablesOf(view.scene, container, workload.ref.namespace).flatMap(
      ({ variable, value, map }): Setting[] =>
        value === undefined
          ? []
          : [
              {
                name: variable,
                value,
                source: map ?? workload,
                path: map === undefined ? `${path}.env.${variable}` : `data.${variable}`,
              },
            ],
    );
    const args = [...asArray(container.command), ...asArray(container.args)].flatMap((word): Setting[] =>
      typeof word === 'string' && ADVERTISES.test(word)
        ? [{ name: ADVERTISES.exec(word)?.[0] ?? '', value: word, source: workload, path: `${path}.args` }]
        : [],
    );
    return [...variables, ...args];
  });
  const inFiles = usesOf(spec)
    .filter(({ kind }) => kind === 'ConfigMap')
    .flatMap(({ name }) => {
      const { namespace } = workload.ref;
      const map = findObject(view.scene, {
        kind: 'ConfigMap',
        name,
        ...(namespace === undefined ? {} : { namespace }),
      });
      return Object.entries(strings(at(map?.object, 'data'))).flatMap(([key, file]) =>
        map === undefined
          ? []
          : file.split('\n').flatMap((line): Setting[] => {
              const [, setting = '', value = ''] = /^\s*([\w.-]+)\s*[=: ]\s*(\S.*)$/.exec(line) ?? [];
              return setting === '' ? [] : [{ name: setting, value, source: map, path: `data.${key}` }];
            }),
      );
    });
  return [...inSpec, ...inFiles];
}

function advertised(view: View): Advertised[] {
  return view.scene.objects
    .filter(({ ref }) => WORKLOADS.includes(ref.kind))
    .flatMap((workload) =>
      settingsOf(view, workload)
        .filter(({ name }) => ADVERTISES.test(name))
        .flatMap(({ name, value, source, path }) =>
          [...value.matchAll(ADDRESS)].map(([, host = '', port = '']) => ({
            server: workload.ref,
            source,
            object: { ...source.ref, path },
            setting: name,
            host: host.toLowerCase(),
            port,
          })),
        ),
    );
}

/** The line in which another workload fails to reach the address, which no setting of its own names. */
function failedCall(view: View, { server, host, port }: Advertised): { line: Citation; client: ObjectRef } | undefined {
  const hosts = ITSELF.test(host) ? '(?:localhost|127\\.0\\.0\\.1)' : literally(host);
  const called = new RegExp(`(?<![\\w.-])${hosts}[:/]${port}\\b`, 'i');
  for (const log of view.scene.logs) {
    const client = subjectOf(view, log);
    if (client === undefined || sameObject(client, server)) continue;
    const line = log.lines.find(({ text }) => called.test(text) && UNANSWERED.test(text));
    if (line === undefined) continue;
    const own = findObject(view.scene, workloadOf(view.scene, client));
    if (own !== undefined && settingsOf(view, own).some(({ value }) => called.test(value))) continue;
    const citation = citeLines(log.item, line.n - log.item.lines.from);
    if (citation !== undefined) return { line: citation, client };
  }
  return undefined;
}

export const advertisedAddressWrong: Analyzer = {
  kind: 'advertised-address-wrong',
  stage: 'network',
  depth: DEPTH.config,
  title: 'A server gives its clients an address at which they do not reach it',
  about:
    'Brokers and clustered stores tell each client where to come back to (`advertised.listeners` of Kafka, `cluster-announce-ip` of Redis); a client is refused, or finds nobody, at that address, which none of its own settings names.',
  remedy: 'Let the server advertise the name of its Service, as clients in the cluster reach it.',
  find: (view) => {
    const told = new Set<string>();
    return advertised(view).flatMap((one): Draft[] => {
      const call = failedCall(view, one);
      if (call === undefined || told.has(named(one.server))) return [];
      told.add(named(one.server));
      return [
        {
          object: one.object,
          summary: `${named(one.server)} tells its clients to come to \`${one.host}:${one.port}\` (${one.setting}), where ${named(call.client)} ${ITSELF.test(one.host) ? 'finds only itself' : 'does not reach it'}`,
          confidence: 0.9,
          severity: 'failed',
          citations: [cite(one.source, one.setting), call.line],
          involves: [one.server, call.client],
          remedies: [
            look('See what the server advertises', describe(one.server)),
            change(`Set \`${one.setting}\` to the name of the Service of ${named(one.server)}`),
          ],
        },
      ];
    });
  },
};
