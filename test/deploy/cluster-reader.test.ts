import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  APP_PROJECTS,
  APPLICATION_SETS,
  APPLICATIONS,
  BY_NAME,
  CLUSTER_WIDE,
  NAMESPACED,
  NAMESPACES,
  OTHER_EVENTS,
  type Resource,
  SECRETS,
  TELLING_GROUPS,
} from '../../src/evidence/cluster/resources.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const folder = new URL('../../deploy/kubernetes-live/', import.meta.url);
const documents = async (file: string): Promise<{ kind: string; rules?: Rule[]; roleRef?: { name: string } }[]> =>
  parseAllDocuments(await readFile(new URL(file, folder), 'utf8')).map((document) => document.toJS());

const permitted = async (file: string): Promise<string[]> => {
  const role = (await documents(file)).find(({ kind }) => kind === 'ClusterRole');
  return (role?.rules ?? [])
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((name) => verbs.map((verb) => `${verb} ${group}/${name}`))),
    )
    .sort();
};
const asks = (verb: string, resources: readonly Resource[]): string[] =>
  resources.map(({ group, plural }) => `${verb} ${group}/${plural}`);

test('the role permits what the code reads, and nothing else', async () => {
  const read = [
    ...asks('list', [...NAMESPACED, ...CLUSTER_WIDE, APPLICATIONS, NAMESPACES, OTHER_EVENTS]),
    ...asks('get', BY_NAME),
    'get /pods/log',
    ...TELLING_GROUPS.map((group) => `list ${group}/*`),
  ];
  expect(await permitted('cluster-reader.yaml')).toEqual([...new Set(read)].sort());
  expect(BY_NAME).toEqual(expect.arrayContaining([APP_PROJECTS, APPLICATION_SETS]));
});

test('Secrets are permitted apart, and by nothing that is applied unasked', async () => {
  expect(await permitted('secret-names.yaml')).toEqual([...asks('get', [SECRETS]), ...asks('list', [SECRETS])]);
  const { resources } = parse(await readFile(new URL('kustomization.yaml', folder), 'utf8'));
  expect(resources).toEqual(['../kubernetes', 'cluster-reader.yaml']);
  expect(JSON.stringify(await documents('cluster-reader.yaml'))).not.toContain('secrets');
});
