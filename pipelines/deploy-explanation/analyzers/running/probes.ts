import type { Analyzer } from '../analyzer.ts';
import { type ProbeFault, type ProbeName, probeAnalyzer } from './probe.ts';

const PROBES: readonly ProbeName[] = ['liveness', 'readiness', 'startup'];
const FAULTS: readonly ProbeFault[] = ['port', 'path', 'scheme', 'command', 'timing', 'failed'];

/** Three probes, six things that can be wrong with each. */
export const probes: readonly Analyzer[] = PROBES.flatMap((name) => FAULTS.map((fault) => probeAnalyzer(name, fault)));
