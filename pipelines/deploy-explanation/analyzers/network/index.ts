import type { Analyzer } from '../analyzer.ts';
import { backendMissing, ingressClassMissing } from './ingress.ts';
import { noEndpoints, selectorMismatch, targetPortMismatch } from './service.ts';

export const network: readonly Analyzer[] = [
  selectorMismatch,
  targetPortMismatch,
  noEndpoints,
  ingressClassMissing,
  backendMissing,
];
