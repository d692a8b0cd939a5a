import { isMap, isScalar, isSeq, parseDocument, stringify, visit } from 'yaml';
import type { KubeObject } from '../../../../src/policy/violation.ts';
import { written } from './answer.ts';

type Writer = (documents: readonly KubeObject[]) => string;
const OPTIONS = { aliasDuplicateObjects: false, version: '1.1', lineWidth: 0 } as const;

/** Each distinct non-empty collection once, so that equal ones are one node, which is written as an anchor and aliases. */
function interned(value: unknown, seen = new Map<string, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const key = JSON.stringify(value);
  const known = seen.get(key);
  if (known !== undefined) return known;
  const own = Array.isArray(value)
    ? value.map((item) => interned(item, seen))
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, interned(item, seen)]));
  if (Object.keys(value).length > 0) seen.set(key, own);
  return own;
}

const each =
  (write: (document: KubeObject) => string): Writer =>
  (documents) =>
    documents.map(write).join('---\n');

/** Ways to write the same documents. */
export const STYLES = {
  json: (documents) =>
    documents.length === 1
      ? `${JSON.stringify(documents[0], null, 2)}\n`
      : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents }, null, '\t'),
  flow: each(
    (document) =>
      `${Object.entries(document)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
        .join('\n')}\n`,
  ),
  quoted: each((document) =>
    stringify(document, { ...OPTIONS, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' }),
  ),
  indent: each((document) => stringify(document, { ...OPTIONS, indent: 4 })),
  dense: each((document) => stringify(document, { ...OPTIONS, indentSeq: false })),
  crlf: (documents) => written(documents).replaceAll('\n', '\r\n'),
  markers: (documents) =>
    `# all of them\n---\n${documents.map((document) => stringify(document, OPTIONS)).join('...\n---\n')}...\n`,
  anchors: each((document) => stringify(interned(document), { ...OPTIONS, aliasDuplicateObjects: true })),
  // Words that explain nothing: what a comment says of a value is a reason to ask.
  comments: each((document) => {
    const parsed = parseDocument(stringify(document, OPTIONS), { version: '1.1' });
    visit(parsed, {
      Pair(_, pair) {
        if (isScalar(pair.value) && !String(pair.value.value).includes('\n')) pair.value.comment = ' agreed';
        else if (isScalar(pair.key) && (isMap(pair.value) || isSeq(pair.value))) pair.key.commentBefore = ' follows';
      },
    });
    return parsed.toString({ lineWidth: 0 });
  }),
} satisfies Record<string, Writer>;

const note = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `zz-${name}`, namespace: 'zz-elsewhere' },
  data: { note: 'nothing to see' },
});

export const amongOthers = (documents: readonly KubeObject[]): KubeObject[] => [
  note('first'),
  ...documents,
  note('last'),
];

export const inList = (documents: readonly KubeObject[]): KubeObject[] => [
  { apiVersion: 'v1', kind: 'List', items: [...documents] },
];
