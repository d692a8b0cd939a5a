import { BlockList, isIP } from 'node:net';

/** The parts of `10.0.0.0/8`, or of an address alone. */
function partsOf(cidr: string): { address: string; family: 'ipv4' | 'ipv6'; bits: number } | undefined {
  const [address = '', length, ...more] = cidr.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return undefined;
  const most = version === 4 ? 32 : 128;
  if (length === undefined) return { address, family: version === 4 ? 'ipv4' : 'ipv6', bits: most };
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : most + 1;
  return bits > most ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', bits };
}

/** OPA's `net.cidr_contains`: whether a network holds an address, or all of another network; undefined for what is neither. */
export function cidrContains(network: string, inner: string): boolean | undefined {
  const [whole, part] = [partsOf(network), partsOf(inner)];
  if (!whole || !part || !network.includes('/')) return undefined;
  if (whole.family !== part.family || part.bits < whole.bits) return false;
  const list = new BlockList();
  list.addSubnet(whole.address, whole.bits, whole.family);
  return list.check(part.address, part.family);
}

/** A network as it is, or that of an address alone (`192.0.2.1/32`); undefined for what is neither. */
export function networkOf(text: string): string | undefined {
  const parts = partsOf(text);
  return parts && (text.includes('/') ? text : `${text}/${parts.bits}`);
}
