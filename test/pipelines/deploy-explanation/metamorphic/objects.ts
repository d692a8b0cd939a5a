import { stringify } from 'yaml';
import type { Change, EvidenceText } from './case.ts';
import { objectsIn } from './printed.ts';
import type { Value } from './values.ts';

type Members = { readonly [key: string]: Value };

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Members;
  return Object.fromEntries(
    Object.keys(members)
      .sort()
      .map((key) => [key, sorted(members[key] as Value)]),
  );
}

/** Who wrote which field when, as the server adds it to each object. */
function managed(value: Value): Value {
  const object = value as Members;
  const metadata = object.metadata as Members;
  const fields = (name: string) => ({ [`f:${name}`]: { '.': {}, 'f:conditions': {}, 'f:replicas': {} } });
  const entry = (manager: string, operation: string, of: string) => ({
    apiVersion: object.apiVersion as string,
    fieldsType: 'FieldsV1',
    fieldsV1: fields(of),
    manager,
    operation,
    ...('creationTimestamp' in metadata ? { time: metadata.creationTimestamp as Value } : {}),
  });
  const managedFields = [
    entry('kubectl-client-side-apply', 'Update', 'spec'),
    entry('kube-controller-manager', 'Update', 'status'),
  ];
  return { ...object, metadata: { ...metadata, managedFields } };
}

/** What the server says of every object besides. */
function dressed(value: Value, index: number): Value {
  const object = value as Members;
  const metadata = object.metadata as Members;
  const own = {
    resourceVersion: String(48_211_907 + index),
    uid: `0b1f0c7e-5d0b-4c8e-9a6f-${String(424_242_424_242 + index)}`,
  };
  return { ...object, metadata: { ...own, ...metadata } };
}

const yaml = (value: Value) => stringify(value, { lineWidth: 0 });
const list = (items: readonly Value[]): Value => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
});

/** The objects of a file, written anew. A comment would be lost, and with a manifest its place in a repository. */
function rewritten(
  name: string,
  write: (objects: readonly Value[]) => string,
  ending: 'json' | 'yaml' = 'yaml',
): Change {
  const again = (file: EvidenceText): EvidenceText => {
    const objects = /^\s*#|\s#\s/m.test(file.text) ? undefined : objectsIn(file);
    return objects === undefined ? file : { name: file.name.replace(/\.\w+$/, `.${ending}`), text: write(objects) };
  };
  return {
    name,
    apply: (given) => {
      if (/^(?:build|delivery)\//.test(given.path)) return undefined;
      const files = given.files.map(again);
      const clash = new Set(files.map((file) => file.name)).size < files.length;
      return clash || files.every(({ text }, index) => text === given.files[index]?.text)
        ? undefined
        : { ...given, files };
    },
  };
}

const documents = (objects: readonly Value[]) => objects.map((one) => `---\n${yaml(one)}`).join('');

/** Objects of the API in the other ways in which kubectl and the API write the same. */
export const objectForms: readonly Change[] = [
  rewritten('objects-as-documents', documents),
  rewritten('objects-as-list', (objects) => yaml(list(objects))),
  rewritten('objects-as-json', (objects) => `${JSON.stringify(list(objects), null, 2)}\n`, 'json'),
  rewritten('objects-as-json-line', (objects) => `${JSON.stringify(list(objects))}\n`, 'json'),
  rewritten(
    'objects-as-json-stream',
    (objects) => objects.map((one) => `${JSON.stringify(one, null, 4)}\n`).join(''),
    'json',
  ),
  rewritten('objects-keys-sorted', (objects) => documents(objects.map(sorted))),
  rewritten('objects-with-managed-fields', (objects) => documents(objects.map(managed))),
  rewritten('objects-with-uids', (objects) => documents(objects.map(dressed))),
  rewritten('objects-in-reverse', (objects) => documents([...objects].reverse())),
];
