import type { Analyzer } from '../analyzer.ts';
import { admissionPolicyDenied } from './admission-policy-denied.ts';
import { apiForbidden, immutableField, kindUnknown, namespaceTerminating, schemaInvalid } from './api-refusals.ts';
import { gatekeeperDenied } from './gatekeeper-denied.ts';
import { kyvernoDenied } from './kyverno-denied.ts';
import { limitRangeViolated } from './limit-range.ts';
import { namespaceMissing } from './namespace-missing.ts';
import { podSecurityDenied } from './pod-security-denied.ts';
import { quotaExceeded } from './quota-exceeded.ts';
import { serviceAccountMissing } from './service-account-missing.ts';
import { webhookDenied } from './webhook-denied.ts';
import { webhookUnreachable } from './webhook-unreachable.ts';

export const admission: readonly Analyzer[] = [
  quotaExceeded,
  limitRangeViolated,
  gatekeeperDenied,
  kyvernoDenied,
  admissionPolicyDenied,
  podSecurityDenied,
  webhookUnreachable,
  webhookDenied,
  serviceAccountMissing,
  namespaceMissing,
  immutableField,
  schemaInvalid,
  apiForbidden,
  namespaceTerminating,
  kindUnknown,
];
