import type { Json } from '../../json.ts';
import type { Row } from './table.ts';

/** The names that the controller gives the slices of a Service: the Service's, and five of the characters that the API generates names of. */
const GENERATED = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** The label by which a slice belongs to its Service, as far as the name of the slice tells; nothing where somebody named it. */
export function sliceLabels(name: string): Record<string, string> {
  const service = GENERATED.exec(name)?.[1];
  return service === undefined ? {} : { 'kubernetes.io/service-name': service };
}

/** The endpoints that a row of `kubectl get endpointslices` shows (`<unset>`, or up to three addresses and how many more there are), and their ports. */
export function sliceEndpoints({ ENDPOINTS = '', PORTS = '' }: Row['cells']): Json {
  const told = ENDPOINTS.replace(/ \+ \d+ more\.{3}$/, '').split(',');
  const ports = PORTS.split(',').filter((one) => /^\d+$/.test(one));
  return {
    ...(ports.length === 0 ? {} : { ports: ports.map((one) => ({ port: Number(one) })) }),
    endpoints: told.filter((one) => /^[\w.:-]+$/.test(one)).map((one) => ({ addresses: [one] })),
  };
}
