import { cel, celChoices } from './cel.ts';
import type { Fixer } from './fixer.ts';
import { hardening } from './hardening.ts';
import { images } from './images.ts';
import { kyvernoMutate } from './kyverno-mutate.ts';
import { kyvernoPattern } from './kyverno-pattern.ts';
import { labels } from './labels.ts';
import { podSecurity } from './pod-security.ts';
import { probes } from './probes.ts';
import { replicas } from './replicas.ts';
import { resources } from './resources.ts';
import { services } from './services.ts';

/** Every family of edits, the policy's own words first. */
export const FIXERS: readonly Fixer[] = [
  kyvernoMutate,
  kyvernoPattern,
  celChoices,
  labels,
  replicas,
  resources,
  images,
  hardening,
  podSecurity,
  probes,
  services,
  cel,
];
