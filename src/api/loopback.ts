import { isIPv4 } from 'node:net';

/** Whether an address or name to bind to, or a host name that a client used, means this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === '::1' || name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIPv4(name) && name.startsWith('127.');
}

/** The host name in a Host header, without its port; undefined when there is none that could be one. */
export function hostName(header: string | undefined): string | undefined {
  if (header === undefined || !/^(\[[0-9a-f:.]+\]|[^[\]:/?#@\s]+)(:\d{1,5})?$/i.test(header)) return undefined;
  return header.replace(/:\d+$/, '');
}
