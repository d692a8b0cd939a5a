import { BlockList } from 'node:net';
import { asArray, at, text } from '../../../../src/json.ts';
import { cidrContains } from '../../../../src/networks.ts';

/** Addresses that no packet has outside of private networks (RFC 1918, 6598, 3927 and loopback). */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');

const ADDRESS = /(?<![\w.])((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}\b/g;
const HOST = /\bhttps?:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?=[:/"'\s]|$)/gi;
/** Names that the DNS of clusters and of private networks answers. */
const WITHIN = /\.(?:svc|local|internal|cluster|lan|corp|home|test|localhost)$|\.svc\./i;

/** Something that is called outside of the cluster: by a public address, or by a name alone. */
export interface Outside {
  readonly address?: string;
}

/** What a text calls by an address of the internet, or by a URL of a host that no cluster has; undefined for anything else. */
export function outsideIn(said: string): Outside | undefined {
  const addresses = [...said.matchAll(ADDRESS)].flatMap(([, address]) => address ?? []);
  const address = addresses.find((one) => !PRIVATE.check(one));
  if (address !== undefined) return { address };
  // A private address says more of where the host is than its name.
  if (addresses.length > 0) return undefined;
  return [...said.matchAll(HOST)].some(([, host = '']) => /[a-z]$/i.test(host) && !WITHIN.test(host)) ? {} : undefined;
}

/** Whether a peer of a policy's rule is the called: selectors choose pods alone, and a network of which the address is not known may be the one. */
export function holds(peer: unknown, { address }: Outside): boolean {
  const cidr = text(at(peer, 'ipBlock', 'cidr'));
  if (cidr === undefined) return at(peer, 'ipBlock') !== undefined;
  if (address === undefined) return true;
  const except = asArray(at(peer, 'ipBlock', 'except'));
  if (except.some((one) => typeof one === 'string' && cidrContains(one, address) === true)) return false;
  return cidrContains(cidr, address) !== false;
}
