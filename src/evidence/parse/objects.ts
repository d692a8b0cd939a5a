import yaml from 'js-yaml';
import { parse as parseYaml, Schema } from 'yaml';
import { asArray, isObject, type Json } from '../../json.ts';
import { inNamesOfApi, openedObjects, withMetadata } from './client-objects.ts';
import { printedValues } from './printed/index.ts';
import { isPrintedStart } from './printed/starts.ts';

/** YAML beyond this is not parsed (a list is cut into its items before); the limit keeps a hostile text cheap. */
const MAX_YAML = 2 * 1024 * 1024;

/** One for all documents: a list of hundreds of objects is parsed one by one, and a schema takes as long to make as a small object to read. */
const SCHEMA = new Schema({ schema: 'core' });

/** Whether a text may have anchors, aliases or tags. */
const MAY_REFER = /(?:^|[\s[{,])[&*!]\S/;

/**
 * Most YAML is what a tool printed. js-yaml reads that ten times as fast as `yaml`, which knows broken texts and counts
 * what aliases come to: it gets all others.
 */
export function loadYaml(text: string): unknown {
  if (!MAY_REFER.test(text)) {
    try {
      return yaml.load(text, { schema: yaml.CORE_SCHEMA, json: true });
    } catch {
      // Broken: read as far as it can be.
    }
  }
  return parseYaml(text, {
    schema: SCHEMA,
    maxAliasCount: 100,
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
    strict: false,
  });
}

function load(text: string): unknown {
  const trimmed = text.trim().replace(/,$/, '');
  if (/^[{[]/.test(trimmed)) {
    try {
      return JSON.parse(trimmed);
    } catch {
      // flow YAML may still be valid
    }
  }
  if (text.length > MAX_YAML) return undefined;
  const printed = isPrinted(trimmed);
  try {
    if (!printed) return loadYaml(text);
  } catch {
    // JavaScript's own notation looks like YAML for the most part.
  }
  return printed || /^[{[]/.test(trimmed) ? printedValues(trimmed) : undefined;
}

/** Whether a text is a program's own notation, and no YAML. */
function isPrinted(text: string): boolean {
  if (/^\{\s*"[\w-]+"\s*=/.test(text)) return true;
  return isPrintedStart(text.slice(0, 2000).split('\n')[0] ?? '') && !/^[{[]+\s*[a-z]\w*: /.test(text);
}

function flattenLists(value: unknown, depth = 0): Json[] {
  if (depth > 4) return [];
  if (Array.isArray(value)) return value.flatMap((member) => flattenLists(member, depth + 1));
  if (!isObject(value)) return [];
  if (Array.isArray(value.items)) {
    const itemKind = typeof value.kind === 'string' ? value.kind.replace(/List$/, '') : '';
    return asArray(value.items)
      .flatMap((member) => flattenLists(member, depth + 1))
      .map((member) => (member.kind === undefined && itemKind !== '' ? { ...member, kind: itemKind } : member));
  }
  return (openedObjects(value) ?? [value]).map((one) => withMetadata(inNamesOfApi(one)));
}

/** Every object in a YAML or JSON text; lists are opened. Nothing for a text that is neither. Never throws. */
export function parseObjects(text: string): Json[] {
  try {
    return flattenLists(load(text));
  } catch {
    return [];
  }
}
