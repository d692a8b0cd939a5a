import { change, look } from '../analyzer.ts';
import type { OutputKind } from '../output-analyzer.ts';
import { quoted } from '../said.ts';
import { cloud } from './cloud.ts';
import { configuration } from './configuration.ts';
import { about, type DiagnosticKind, diagnosticKinds } from './diagnostic-kind.ts';
import { providers } from './providers.ts';
import { state } from './state.ts';

/** A provider that asks an API has its configuration accepted, and the state read. */
const ANSWERED = [
  { kind: 'terraform-configuration-invalid', why: 'the provider was asked to act, so the configuration was accepted' },
  { kind: 'terraform-state-locked', why: 'the run went on past the state' },
];

const provisionerFailed: DiagnosticKind = {
  kind: 'terraform-provisioner-failed',
  title: 'A provisioner or external program fails',
  about: 'A command that the configuration runs (local-exec, remote-exec, an external data source) ends with an error.',
  remedy: 'Run the command by itself where the run is.',
  patterns: [/(?:local|remote)-exec provisioner error|External Program Execution Failed|file provisioner error/],
  confidence: 0.94,
  says: (_match, diagnostic) => `${about(diagnostic)}: its command fails (${quoted(diagnostic.text, 260)})`,
  remedies: () => [
    look('Run the command by itself'),
    change('Correct the command; the resource is tainted and will be made anew', 'medium'),
  ],
};

const unexplained: DiagnosticKind = {
  kind: 'terraform-failed',
  title: 'Terraform or OpenTofu reports an error of no known kind',
  about: 'The message says what is wrong; no kind of failure was recognised in it.',
  remedy: 'Read the message; it names the resource and the line.',
  patterns: [/./],
  confidence: 0.75,
  says: (_match, diagnostic) => `${about(diagnostic)} fails: ${quoted(diagnostic.text, 280)}`,
  remedies: () => [look('Read the whole message')],
};

/** Kinds of the infrastructure stage, the more telling first: each error belongs to the first that fits. */
export const infrastructure: readonly OutputKind[] = diagnosticKinds([
  ...state,
  ...providers,
  ...configuration,
  provisionerFailed,
  ...cloud.map((kind) => ({ ...kind, rulesOut: ANSWERED })),
  unexplained,
]);
