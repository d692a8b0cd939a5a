import { isIP } from 'node:net';
import { get } from '../../../src/evidence/commands/kubectl.ts';
import { inNamespace, labelOf } from '../../../src/evidence/commands/names.ts';
import { type Command, command, piped } from '../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../src/evidence/model.ts';
import { asArray, at, objects, text } from '../../../src/json.ts';
import type { Remedy } from '../schema.ts';
import { named, type View } from '../view.ts';

/** Where a program was to connect, with how to look there. */
interface Place {
  readonly title: string;
  readonly command?: Command | undefined;
}

/** `name`, `name.namespace`, `name.namespace.svc…`: what cluster DNS resolves. */
const CLUSTER = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(\.svc(?:\.[a-z0-9.-]+)?)?)?\.?$/;

/** The Service or pod that an address is of, where the evidence shows it. */
function ownerOf(view: View, address: string): ObjectRef | undefined {
  return view.scene.objects.find(
    ({ ref, object }) =>
      (ref.kind === 'Service' &&
        [at(object, 'spec', 'clusterIP'), ...asArray(at(object, 'spec', 'clusterIPs'))].includes(address)) ||
      (ref.kind === 'Pod' &&
        (text(at(object, 'status', 'podIP')) === address ||
          objects(at(object, 'status', 'podIPs')).some(({ ip }) => ip === address))),
  )?.ref;
}

function placeOf(host: string, near: ObjectRef, view: View): Place {
  const address = host.replace(/^\[|\]$/g, '');
  if (/^(?:127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|localhost)$/.test(address))
    return { title: `See what should listen on ${address}, which is the pod itself` };
  if (isIP(address) !== 0) {
    const owner = ownerOf(view, address);
    if (owner?.kind === 'Service')
      return {
        title: `See whether ${named(owner)}, whose address ${address} is, has endpoints`,
        command: get({ ...owner, kind: 'service,endpoints', apiVersion: 'v1' }),
      };
    if (owner !== undefined)
      return { title: `See whether ${named(owner)}, whose address ${address} is, runs`, command: get(owner) };
    return {
      title: `Find out whose address ${address} is: a Service's, a pod's, or none of the cluster's`,
      command: piped(
        command('kubectl', 'get', 'service,endpoints,pods', '-A', '-o', 'wide'),
        command('grep', '-wF', address),
      ),
    };
  }
  const [, name = '', second, svc] = CLUSTER.exec(host) ?? [];
  const space = second ?? near.namespace;
  const known = svc !== undefined || second === undefined || view.scene.objects.some((o) => o.ref.namespace === second);
  if (name === '' || !known) return { title: `See whether ${host} answers, from where the program runs` };
  return {
    title: `See whether Service ${name} is there and has endpoints`,
    command: command('kubectl', 'get', 'service,endpoints', labelOf(name), inNamespace({ namespace: space })),
  };
}

/** The first look at what a program cannot connect to: a name of the cluster, an address, or what is outside. */
export function lookAt(host: string, near: ObjectRef, view: View): Remedy {
  const { title, command: made } = placeOf(host, near, view);
  return { title, risk: 'none', changes: false, ...(made === undefined ? {} : { command: made }) };
}
