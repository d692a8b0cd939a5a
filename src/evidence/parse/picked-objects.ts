import { isObject, type Json, text as textOf } from '../../json.ts';
import { readCommand } from '../command.ts';
import { documents } from './documents.ts';
import { defaultsIn, type Key, keysOf, placed, together } from './paths.ts';

/** Longer output than this is no list that a person made. */
const MAX_OUTPUT = 256 * 1024;
/** `-o json | jq '.status.containerStatuses[] | {name, lastState}'`: the steps before, and the members of the new object. */
const BUILDS =
  /(?:-o[ =]?|--output[ =])json\b[^|]*\|\s*jq\s+(?:-\w+\s+)*(['"])\s*(\.[\w.]*(?:\[\]\??)?)((?:\s*\|\s*(?:select|sort_by)\([^|]*\))*)\s*\|\s*\{([^{}]*)\}\s*\1/;

interface Member {
  readonly name: string;
  readonly keys: readonly Key[];
}

/** `name`, `phase: .status.phase`, `"node": .spec.nodeName`; undefined for what computes. */
function memberOf(said: string): Member | undefined {
  const [, name = '', path] =
    /^\s*"?(\w+)"?\s*(?::\s*\(?\s*(\.[\w.[\]]+)\??\s*(?:\/\/[^,]*)?\)?\s*)?$/.exec(said) ?? [];
  const keys = name === '' ? undefined : keysOf(path ?? `.${name}`);
  return keys === undefined ? undefined : { name, keys };
}

/**
 * Objects of which `jq` showed members under names of somebody's own, placed back where the objects have them. What computes is left out.
 * Empty for any other text.
 */
export function pickedObjects(output: string, command: string): { readonly object: Json }[] {
  const { tool, verb, kind = '', name, namespace } = readCommand(command);
  if (tool !== 'kubectl' || verb !== 'get' || !/^[A-Z]/.test(kind) || output.length > MAX_OUTPUT) return [];
  const [, , path = '', , body = ''] = BUILDS.exec(command) ?? [];
  if (path === '') return [];
  const [list, each] = [keysOf(path.replace(/\[\]\??$/, '')) ?? [], path.includes('[]')];
  const members = body.split(',').flatMap((said) => memberOf(said) ?? []);
  const values = (documents(output.trim()) ?? []).flatMap((one) => (Array.isArray(one) ? one : [one])).filter(isObject);
  const defaults = defaultsIn(command);
  const isAbsent = (one: unknown) =>
    one === undefined || one === null || (typeof one === 'string' && defaults.has(one));
  const shown = values.map((value) => {
    const found = members.filter((member) => !isAbsent(value[member.name]));
    return found.map(({ name: own, keys }) => ({ keys, value: value[own] }));
  });
  const own = { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
  if (each && list.join('.') === 'items')
    return shown.flatMap((cells) => {
      const told = (key: string) => textOf(cells.find(({ keys }) => keys.join('.') === `metadata.${key}`)?.value);
      const metadata = {
        ...own,
        name: told('name'),
        ...(told('namespace') === undefined ? {} : { namespace: told('namespace') }),
      };
      const rest = cells.filter(({ keys }) => keys[0] !== 'metadata').map(({ keys, value }) => placed(keys, value));
      return metadata.name === undefined || rest.length === 0
        ? []
        : [{ object: { ...(rest.reduce(together) as Json), kind, metadata } }];
    });
  const parts = shown.flatMap((cells) =>
    cells.length === 0 ? [] : [cells.map(({ keys, value }) => placed(keys, value)).reduce(together)],
  );
  if (name === undefined || parts.length === 0 || list[0] === 'metadata') return [];
  const inside = placed(list, each ? parts : parts[0]) as Json;
  const { metadata: _, ...told } = inside;
  return Object.keys(told).length === 0 ? [] : [{ object: { ...told, kind, metadata: own } }];
}
