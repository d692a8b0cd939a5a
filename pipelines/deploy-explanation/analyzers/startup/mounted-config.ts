import { type ObjectRef, sameObject } from '../../../../src/evidence/model.ts';
import type { SceneObject } from '../../../../src/evidence/scene.ts';
import { at, objects, strings, text } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { type LogHit, subjectOf } from './log-errors.ts';
import { specsOf } from './settings.ts';

/** A file that a program refuses, in the ConfigMap that it is mounted from. */
interface MountedFile {
  readonly map: SceneObject;
  readonly key: string;
  /** The line of it that the program complains of, where it names one. */
  readonly line?: { readonly number: number; readonly text: string };
}

/** So many lines around a hit may name the file and the place: a cause stands below, what was read above. */
const ABOVE = 2;
const BELOW = 8;
const PATH = /(?<![\w.:])(?:\/[\w.-]+)+\.[A-Za-z][\w]{0,9}\b/g;
/** A line that is named in words; that of a frame of Python (`File "x.py", line 3`) is one of the program. */
const LINE = /(?<!\bFile "[^"]{1,300}", )\bline:? (\d{1,5})\b/;
/** Files and lines as compilers and loggers put them. Of a program's own source they are told as well. */
const PLACE = /([\w.-]+\.[A-Za-z]\w{0,9}):(\d{1,5})\b/g;

/** The line of a file that a text names: in words, or behind the file's own name. */
function lineIn(said: string, files: readonly string[]): number | undefined {
  const named = LINE.exec(said)?.[1] ?? [...said.matchAll(PLACE)].find(([, file = '']) => files.includes(file))?.[2];
  return named === undefined ? undefined : Number(named);
}

/** The files that a pod spec mounts from ConfigMaps: by folder, with the map and, where only some are, the key of each file. */
function mountsOf(spec: unknown) {
  const maps = objects(at(spec, 'volumes')).flatMap((volume) => {
    const name = text(at(volume, 'configMap', 'name'));
    const items = objects(at(volume, 'configMap', 'items'));
    return name === undefined ? [] : [{ volume: text(volume.name), name, items }];
  });
  return objects(at(spec, 'containers'))
    .concat(objects(at(spec, 'initContainers')))
    .flatMap((container) => objects(container.volumeMounts))
    .flatMap((mount) =>
      maps
        .filter(({ volume }) => volume === text(mount.name))
        .map(({ name, items }) => ({
          name,
          items,
          folder: (text(mount.mountPath) ?? '').replace(/\/$/, ''),
          subPath: text(mount.subPath),
        })),
    );
}

/** The ConfigMap and key from which a path is mounted. */
function mountedAt(view: View, subject: ObjectRef, path: string): { map: SceneObject; key: string } | undefined {
  for (const { spec } of specsOf(view, subject)) {
    for (const { name, items, folder, subPath } of mountsOf(spec)) {
      const whole = path === folder;
      if (folder === '' || (!whole && !path.startsWith(`${folder}/`))) continue;
      const file = whole ? (subPath ?? '') : path.slice(folder.length + 1);
      const key = text(items.find((item) => item.path === file)?.key) ?? file;
      const map = view.scene.objects.find(({ ref }) =>
        sameObject(ref, {
          kind: 'ConfigMap',
          name,
          ...(subject.namespace === undefined ? {} : { namespace: subject.namespace }),
        }),
      );
      if (map !== undefined && key in strings(map.object.data)) return { map, key };
    }
  }
  return undefined;
}

/** The file of a ConfigMap that a log complains of: it names a path (in the line, or around it) that is mounted from a map that was seen. */
export function mountedFile(view: View, { log, index }: LogHit): MountedFile | undefined {
  const subject = subjectOf(view, log);
  if (subject === undefined) return undefined;
  const around = log.lines.slice(Math.max(0, index - ABOVE), index + 1 + BELOW).map((line) => line.text.slice(0, 1000));
  const own = log.lines[index]?.text.slice(0, 1000) ?? '';
  const paths = [own, ...around].flatMap((said) => [...said.matchAll(PATH)].map(([path]) => path));
  const path = paths.find((one) => mountedAt(view, subject, one) !== undefined);
  const found = path === undefined ? undefined : mountedAt(view, subject, path);
  if (path === undefined || found === undefined) return undefined;
  const files = [path.split('/').at(-1) ?? path, found.key];
  const number = [own, ...around].map((said) => lineIn(said, files)).find((one) => one !== undefined) ?? Number.NaN;
  const said = strings(found.map.object.data)[found.key]?.split('\n')[number - 1]?.trim();
  return { ...found, ...(said === undefined || said === '' ? {} : { line: { number, text: said.slice(0, 120) } }) };
}
