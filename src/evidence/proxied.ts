import { at, objects, strings, text } from '../json.ts';
import type { Address } from './calls.ts';
import { sameObject } from './model.ts';
import { workloadOf } from './relations.ts';
import type { Scene, SceneObject } from './scene.ts';

/** `proxy_pass http://api:8080/x;` and its kin of other protocols, and `server api:8080 weight=2;` (nginx, ngx_http_proxy_module and _upstream_module). */
const PASS = /\b(?:proxy|grpc|uwsgi|fastcgi|scgi)_pass\s+(?:[a-z]+:\/\/)?([a-z0-9][a-z0-9.-]*)(?::(\d{2,5}))?[/\s;]/;
const SERVER = /^\s*server\s+([a-z0-9][a-z0-9.-]*)(?::(\d{2,5}))?(?:\s[^;{]*)?;/;
const UPSTREAM = /^\s*upstream\s+(\S+)\s*\{/;
/** Longer than any configuration that people write. */
const MAX_CONFIG = 256 * 1024;

/** Where nginx is told to pass requests. Names of `upstream` blocks are no hosts, nor is what a variable holds. */
export function proxiedIn(config: string): { host: string; port?: number; value: string }[] {
  if (config.length > MAX_CONFIG || !/_pass\s/.test(config)) return [];
  const lines = config.split('\n').map((line) => line.replace(/(?:^|\s)#.*$/, ''));
  const upstreams = new Set(lines.flatMap((line) => UPSTREAM.exec(line)?.[1] ?? []));
  return lines.flatMap((line) => {
    const [, host, port] = PASS.exec(line) ?? SERVER.exec(line) ?? [];
    if (host === undefined || upstreams.has(host) || /^[\d.]+$|^localhost$|^unix$/.test(host)) return [];
    const value = port === undefined ? host : `${host}:${port}`;
    return [{ host, value, ...(port === undefined ? {} : { port: Number(port) }) }];
  });
}

/** What each workload's nginx is told to call, by the ConfigMaps that it mounts. */
export function proxiedAddresses(scene: Scene): Address[] {
  const maps = scene.objects.filter(({ ref }) => ref.kind === 'ConfigMap');
  const told = maps.flatMap((map) =>
    Object.entries(strings(map.object.data)).flatMap(([file, config]) =>
      proxiedIn(config).map((address) => ({ map, file, address })),
    ),
  );
  if (told.length === 0) return [];
  return scene.objects.flatMap((source) => {
    const spec = source.ref.kind === 'Pod' ? source.object.spec : at(source.object, 'spec', 'template', 'spec');
    const volumes = objects(at(spec, 'volumes'));
    return told
      .filter(({ map }) => volumes.some((volume) => mounts(source, volume, map)))
      .map(({ map, file, address }) => ({
        workload: workloadOf(scene, source.ref),
        container: containerWith(spec, volumes, source, map),
        variable: file,
        source: map,
        configMap: map,
        ...address,
      }));
  });
}

function mounts(source: SceneObject, volume: unknown, map: SceneObject): boolean {
  const name = text(at(volume, 'configMap', 'name'));
  const { namespace } = source.ref;
  return (
    name !== undefined &&
    sameObject(map.ref, { kind: 'ConfigMap', name, ...(namespace === undefined ? {} : { namespace }) })
  );
}

function containerWith(spec: unknown, volumes: readonly unknown[], source: SceneObject, map: SceneObject): string {
  const names = volumes.filter((volume) => mounts(source, volume, map)).map((volume) => text(at(volume, 'name')));
  const mounting = objects(at(spec, 'containers')).find((container) =>
    objects(container.volumeMounts).some((mount) => names.includes(text(mount.name))),
  );
  return text(mounting?.name) ?? '';
}
