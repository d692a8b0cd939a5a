import { citeText } from '../../../../src/evidence/cite.ts';
import type { Citation } from '../../../../src/evidence/model.ts';
import type { View } from '../../view.ts';

/** What the log of an ingress controller says of an object `namespace/name`. */
export interface ControllerSaid {
  readonly namespace: string;
  readonly name: string;
  cite(): Citation | undefined;
}

/** Lines of ingress-nginx and Traefik; the groups `namespace` and `name` say which object. */
function said(view: View, pattern: RegExp): ControllerSaid[] {
  return view.scene.logs.flatMap((log) =>
    log.lines.flatMap((line): ControllerSaid[] => {
      const match = pattern.exec(line.text.slice(0, 2000));
      const namespace = match?.groups?.namespace;
      const name = match?.groups?.name;
      if (namespace === undefined || name === undefined) return [];
      return [
        { namespace, name, cite: () => citeText(log.item, line.raw.slice(0, 200), line.n - log.item.lines.from) },
      ];
    }),
  );
}

const TLS =
  /(?:SSL certificate|secret|TLS) "?(?<namespace>[a-z0-9-]+)\/(?<name>[a-z0-9.-]+)"?:?.{0,80}?(?:was not found|does not exist|not found|no object matching key)/i;
const SERVICE =
  /[Ss]ervice "?(?<namespace>[a-z0-9-]+)\/(?<name>[a-z0-9.-]+)"?:?.{0,60}?(?:was not found|does not exist|not found|no object matching key)/;

/** ingress-nginx passes over an Ingress whose class is not its own, or that has none. */
const PASSED_OVER =
  /validating ingress class"? .*?ingress="?(?<namespace>[a-z0-9-]+)\/(?<name>[a-z0-9.-]+)"?.*(?:does not contain a valid IngressClass|no object matching key)/;

/** Ingresses that a controller does not serve because of their class. */
export const ingressesPassedOver = (view: View): ControllerSaid[] => said(view, PASSED_OVER);
/** TLS Secrets that a controller does not find. */
export const tlsSecretsMissed = (view: View): ControllerSaid[] => said(view, TLS);
/** Services that a controller does not find. */
export const servicesMissed = (view: View): ControllerSaid[] => said(view, SERVICE);
