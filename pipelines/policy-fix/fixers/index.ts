import type { Fixer } from './fixer.ts';
import { fromSecrets } from './from-secrets.ts';
import { hardening } from './hardening.ts';
import { hooks } from './hooks.ts';
import { identities } from './identities.ts';
import { images } from './images.ts';
import { ingress } from './ingress.ts';
import { kyvernoMutate } from './kyverno-mutate.ts';
import { kyvernoPattern } from './kyverno-pattern.ts';
import { labels } from './labels.ts';
import { placement } from './placement.ts';
import { podSecurity } from './pod-security.ts';
import { probes } from './probes.ts';
import { rbac } from './rbac.ts';
import { replicas } from './replicas.ts';
import { resources } from './resources.ts';
import { selectors } from './selectors.ts';
import { services } from './services.ts';
import { stated } from './stated.ts';
import { statedChoices } from './stated-choices.ts';
import { variables } from './variables.ts';
import { versions } from './versions.ts';
import { volumes } from './volumes.ts';

/** Every family of edits, the policy's own words first. */
export const FIXERS: readonly Fixer[] = [
  kyvernoMutate,
  kyvernoPattern,
  statedChoices,
  labels,
  replicas,
  resources,
  images,
  identities,
  hardening,
  podSecurity,
  probes,
  hooks,
  services,
  selectors,
  volumes,
  fromSecrets,
  variables,
  ingress,
  rbac,
  versions,
  placement,
  stated,
];
