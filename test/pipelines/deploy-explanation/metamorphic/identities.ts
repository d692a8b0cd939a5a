import { collect } from '../../../../src/evidence/collect.ts';
import { buildScene } from '../../../../src/evidence/scene.ts';
import { asArray, asObject, at, text } from '../../../../src/json.ts';
import type { Case, Change } from './case.ts';
import type { Random } from './random.ts';
import { renamed, said } from './rename.ts';

/** Networks so wide that an address moved within its own may leave them. */
const WIDE = /\b\d+\.\d+\.\d+\.\d+\/(?:[1-9]|1[0-5])\b/;

/** Private addresses in another part of their network, so that what is near another stays so; `ip-10-0-1-2` too. */
function addresses(given: Case, random: Random): Case | undefined {
  if (given.files.some(({ text }) => WIDE.test(text))) return undefined;
  const by = 1 + random.below(15);
  const second = (first: string, value: number) =>
    first === '10' ? (value + by * 11) % 256 : 16 + ((value - 16 + by) % 16);
  const say = (line: string) =>
    line.replace(
      /(?<![\w.])(ip-)?(10|172)([.-])(\d{1,3})\3(\d{1,3})\3(\d{1,3})(?![\w]|\.\d)/g,
      (all, host, first, dot, b, c, d) => {
        const outside = Number(b) > 255 || (first === '172' && (Number(b) < 16 || Number(b) > 31));
        if (outside || (dot === '-' && host === undefined)) return all;
        return `${host ?? ''}${[first, second(first, Number(b)), c, d].join(dot)}`;
      },
    );
  return said(given, say, say);
}

/** Names of nodes, as far as they do not say what the node is for. */
function nodeNames(given: Case): string[] {
  const scene = buildScene(collect(given.files).items);
  const names = new Set<string>();
  for (const { ref, object } of scene.objects) {
    if (ref.kind === 'Node') names.add(ref.name);
    names.add(text(asObject(object.spec).nodeName) ?? '');
  }
  return [...names].filter(
    (name) => /^(?=.*[-\d])[a-z][a-z0-9.-]{3,}$/.test(name) && !/control|master|minikube/.test(name),
  );
}

const HOSTS: Readonly<Record<string, (index: number, random: Random) => string>> = {
  'nodes-of-eks': (index) => `ip-172-31-${16 + index}-${101 + index}.eu-west-1.compute.internal`,
  'nodes-of-gke': (_, random) => `gke-prod-pool-1-${random.suffix(8)}-${random.suffix(4)}`,
  'nodes-of-aks': (index) => `aks-nodepool1-31718369-vmss${String(index).padStart(6, '0')}`,
  'nodes-by-word': (index) => ['asterix', 'obelix', 'idefix', 'miraculix', 'troubadix'][index] ?? `gaul-${index}`,
};

const nodes = Object.entries(HOSTS).map(
  ([name, host]): Change => ({
    name,
    apply: (given, random) =>
      renamed(given, new Map(nodeNames(given).map((node, index) => [node, host(index, random)]))),
  }),
);

/** Registries that mean something: their limits, their credentials, their addresses. */
const PUBLIC =
  /docker|quay|gcr|ghcr|k8s\.io|amazonaws|azurecr|pkg\.dev|microsoft|gitlab|github|redhat|localhost|^[\d.]+(?::|$)/;

function images(given: Case): { host: string; path: string; tag: string | undefined }[] {
  const found = buildScene(collect(given.files).items).objects.flatMap(({ object }) => {
    const spec = asObject(at(object, 'spec', 'template', 'spec') ?? object.spec);
    return [...asArray(spec.containers), ...asArray(spec.initContainers)].map(
      (container) => text(asObject(container).image) ?? '',
    );
  });
  return [...new Set(found)].flatMap((image) => {
    const [, host = '', path = '', tag] =
      /^([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?)\/([^:@]+)(?::([^@]+))?/.exec(image) ?? [];
    return host === '' || PUBLIC.test(host) ? [] : [{ host, path, tag }];
  });
}

const escaped = (word: string) => word.replace(/[.+]/g, '\\$&');

/** Hosts of a company's own registries as another company calls them. */
function registries(other: string): (given: Case) => Case | undefined {
  return (given) => {
    const hosts = [...new Set(images(given).map(({ host }) => host))];
    if (hosts.length !== 1) return undefined;
    const pattern = new RegExp(`(?<![\\w.-])${escaped(hosts[0] ?? '')}(?![\\w-]|\\.\\w)`, 'g');
    return said(
      given,
      (line) => line.replace(pattern, other),
      (name) => name,
    );
  };
}

/** Versions three ahead, everywhere: what is older stays older. */
function tags(given: Case): Case | undefined {
  const versions = images(given).flatMap(({ tag }) => (/^v?\d+\.\d+\.\d+$/.test(tag ?? '') ? [tag ?? ''] : []));
  const everywhere = given.files.map(({ text }) => text).join('\n');
  const major = [...new Set(versions.map((tag) => /^v?(\d+)/.exec(tag)?.[1] ?? ''))];
  const numbers = [...new Set(everywhere.match(/(?<![\w.])v?\d+\.\d+\.\d+(?![\w.])/g))];
  const own = numbers.filter((tag) => major.includes(/^v?(\d+)/.exec(tag)?.[1] ?? ''));
  if (versions.length === 0 || !versions.every((tag) => own.includes(tag))) return undefined;
  // Of other programs' versions with the same number none may move.
  const paths = images(given).map(({ path }) => escaped(path.split('/').at(-1) ?? ''));
  const ofOwn = own.filter((tag) =>
    new RegExp(`(?:${paths.join('|')})[:@ /-]v?${escaped(tag.replace(/^v/, ''))}`).test(everywhere),
  );
  const pattern = new RegExp(
    `(?<![\\w.])(v?)(?:${ofOwn.map((tag) => escaped(tag.replace(/^v/, ''))).join('|')})(?![\\w]|\\.\\d)`,
    'g',
  );
  if (ofOwn.length === 0) return undefined;
  return said(
    given,
    (line) => line.replace(pattern, (tag) => tag.replace(/\d+/, (one) => String(Number(one) + 3))),
    (name) => name,
  );
}

/** Addresses, nodes, registries and versions: what a place calls its things by, beside the names of the application. */
export const identities: readonly Change[] = [
  { name: 'addresses', apply: addresses },
  ...nodes,
  { name: 'registry-harbor', apply: registries('harbor.ops.corp.test') },
  { name: 'registry-with-port', apply: registries('registry.lan:5000') },
  { name: 'image-tags', apply: tags },
];
