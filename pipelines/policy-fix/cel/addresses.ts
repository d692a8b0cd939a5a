import { isIP } from 'node:net';
import type { Json } from '../../../src/manifest/json.ts';
import { cidrContains } from '../../../src/networks.ts';

/** Functions that read a text as an address, and the tests of whether it is one (Kubernetes' CEL libraries of URLs, IPs and CIDRs). */
export const READ_AS: Readonly<Record<string, (text: Json) => boolean>> = {
  isURL: (text) => typeof text === 'string' && (urlOf(text) !== undefined || text.startsWith('/')),
  isIP: (text) => typeof text === 'string' && isIP(text) !== 0,
  isCIDR: (text) => typeof text === 'string' && isNetwork(text),
};

export const isAddress = (name: string): boolean => name === 'url' || name === 'ip' || name === 'cidr';

const isNetwork = (text: string): boolean => text.includes('/') && cidrContains(text, text) === true;

function urlOf(text: string): { scheme: string; host: string; port: string; rest: string } | undefined {
  const [, scheme, host, port = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/]*@)?([^/:?#]*|\[[^\]]*\])(?::(\d+))?([/?].*)?$/i.exec(text) ?? [];
  return scheme === undefined || host === undefined ? undefined : { scheme: scheme.toLowerCase(), host, port, rest };
}

const partOf =
  (part: (url: { scheme: string; host: string; port: string; rest: string }) => string) =>
  (text: string): Json | undefined => {
    const url = urlOf(text);
    return url && part(url);
  };

type Part = (text: string, args: readonly (Json | undefined)[]) => Json | undefined;

const contains: Part = (text, [inner]) => (typeof inner === 'string' ? cidrContains(text, inner) : undefined);

const within =
  (...networks: readonly string[]): Part =>
  (text) =>
    isIP(text) === 0 ? undefined : networks.some((network) => cidrContains(network, text) === true);

/** What such an address is asked. */
export const OF_ADDRESS: Readonly<Record<string, Part>> = {
  getScheme: partOf(({ scheme }) => scheme),
  getHost: partOf(({ host, port }) => (port ? `${host}:${port}` : host)),
  getHostname: partOf(({ host }) => host.replace(/^\[(.*)\]$/, '$1')),
  getPort: partOf(({ port }) => port),
  getEscapedPath: partOf(({ rest }) => rest.replace(/\?.*/, '')),
  prefixLength: (text) => (isNetwork(text) ? Number(text.split('/')[1]) : undefined),
  family: (text) => isIP(text) || undefined,
  ip: (text) => (isNetwork(text) ? text.split('/')[0] : undefined),
  containsIP: contains,
  containsCIDR: contains,
  isLoopback: within('127.0.0.0/8', '::1/128'),
  isUnspecified: within('0.0.0.0/32', '::/128'),
};

/** Addresses of each sort, out of which one that a policy accepts may be found; they are reserved for examples or private (RFC 5737, 1918). */
const USUAL = [
  '192.0.2.0/24',
  '10.0.0.0/24',
  '10.0.0.0/8',
  'fd00::/64',
  '192.0.2.1',
  '10.0.0.1',
  'fd00::1',
  '127.0.0.1',
];

/** A URL with each part in turn, and with two of them, replaced by a word of the policy. */
function urlsLike(text: string | undefined, words: readonly string[]): string[] {
  const { scheme, host, rest } = urlOf(text ?? '') ?? {
    scheme: 'https',
    host: 'opsline.example.com',
    rest: '/opsline',
  };
  const schemes = [scheme, 'https', ...words.filter((word) => /^[a-z][a-z0-9+.-]*$/.test(word))];
  const hosts = [
    host,
    ...words.map((word) => (word.startsWith('.') ? `opsline${word}` : word)),
    ...words.map((word) => `opsline.${word}`),
  ];
  return schemes.flatMap((one) => hosts.flatMap((other) => [`${one}://${other}${rest}`, `${one}://${other}/opsline`]));
}

/** Schemes of URLs, and what they are called over TLS (RFC 9110, 6455, 4516). */
const OVER_TLS: Readonly<Record<string, string>> = { http: 'https', ws: 'wss', ldap: 'ldaps' };

/** Why a URL over TLS is offered. */
export const OVER_TLS_BECAUSE = 'the same address over TLS';

/** A URL over TLS; undefined for one that is so already, and for one with a port, of which only its owner knows what listens there. */
export function saferURL(text: Json | undefined): string | undefined {
  const { scheme, port } = (typeof text === 'string' ? urlOf(text) : undefined) ?? { scheme: '', port: '' };
  const safer = Object.hasOwn(OVER_TLS, scheme) && port === '' ? OVER_TLS[scheme] : undefined;
  return safer === undefined ? undefined : `${safer}${String(text).slice(scheme.length)}`;
}

/** Texts that may stand in where an address is asked for: `words` are those of the policy. Never offered. */
export const addressesLike = (text: string | undefined, words: readonly string[]): string[] => [
  ...words.filter((word) => isNetwork(word) || isIP(word) !== 0),
  ...words.filter(isNetwork).map((word) => word.split('/')[0] ?? ''),
  ...USUAL,
  ...urlsLike(text, words),
];
