import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import type { DiagnosticKind } from './diagnostic-kind.ts';

function provider(text: string): string {
  return (
    /provider(?:s)? (?:registry\.[\w.]+\/)?([\w-]+\/[\w-]+)/.exec(text)?.[1] ??
    /installing (?:registry\.[\w.]+\/)?([\w-]+\/[\w-]+)/.exec(text)?.[1] ??
    'provider'
  );
}

/** Kinds of providers and modules: what init downloads and runs. */
export const providers: readonly DiagnosticKind[] = [
  {
    kind: 'terraform-lock-checksum-mismatch',
    title: 'A provider is not the one in the lock file',
    about:
      'The package has none of the recorded checksums: most often the lock file was made on another platform; else it was altered.',
    remedy: 'Record the checksums of all platforms in use, after a look at why they differ.',
    patterns: [
      /doesn't match any of the checksums previously recorded in the dependency lock file/,
      /does not match any of the checksums recorded in the dependency lock file/,
      /(?:checksum|signature).{0,80}(?:does not match|mismatch|is not valid|could not be verified)/i,
    ],
    confidence: 0.96,
    says: (_match, { text }) =>
      `The provider ${quoted(provider(text))} does not have a checksum that the lock file knows`,
    object: () => ({ kind: 'File', name: '.terraform.lock.hcl' }),
    remedies: () => [
      look('See which platform made the lock file'),
      change(
        'Record the checksums of every platform in use',
        'medium',
        command(
          'tofu',
          'providers',
          'lock',
          '-platform=linux_amd64',
          '-platform=linux_arm64',
          '-platform=darwin_arm64',
        ),
      ),
    ],
  },
  {
    kind: 'terraform-provider-version-conflict',
    title: 'No version satisfies all constraints',
    about: 'Modules and configuration ask for versions of a provider, or of Terraform itself, that exclude each other.',
    remedy: 'Widen or raise the constraint that excludes the others.',
    patterns: [
      /no available releases match the given constraints? (.+)/,
      /locked provider \S+ \S+ does not match configured version constraint/,
      /Unsupported (?:Terraform|OpenTofu) Core version/,
      /required_version.*(?:does not support|is not supported|doesn't match)/,
      /There is no available version of module .+ which matches the given version constraint/,
    ],
    confidence: 0.95,
    says: (match, { text, code }) =>
      `No version satisfies all constraints${code !== undefined && /version/.test(code) ? ` (${quoted(code, 80)})` : ''}${group(match) === '' ? `: ${quoted(text)}` : ` of ${quoted(provider(text))} (${group(match).slice(0, 120)})`}`,
    object: (_match, { text, file }) =>
      file === undefined ? { kind: 'TerraformProvider', name: provider(text) } : undefined,
    remedies: () => [
      look('See who asks for what', command('tofu', 'providers')),
      change('Widen or raise the constraint, then init -upgrade'),
    ],
  },
  {
    kind: 'terraform-provider-not-found',
    title: 'A provider or module cannot be fetched',
    about: 'The registry has none of that name (often the source address is missing in a module), or does not answer.',
    remedy: 'Correct source in required_providers or in the module, or reach the registry.',
    patterns: [
      /does not have a provider named (\S+)/,
      /provider registry \S+ does not have/,
      /Failed to (?:query available provider packages|install provider|retrieve (?:available|provider))/,
      /Invalid provider registry host/,
      /(?:Failed to download module|Module not found|Could not download module|Unreadable module directory|Error accessing remote module registry|Failed to retrieve available versions for module)/,
      /Could not (?:retrieve|load) the list of available versions/,
    ],
    confidence: 0.94,
    says: (_match, { text }) => `A provider or module cannot be fetched: ${quoted(text)}`,
    object: (_match, { text, file }) =>
      file !== undefined
        ? undefined
        : /[Mm]odule/.test(text) && !/provider/.test(text)
          ? { kind: 'TerraformModule', name: /module "([^"]+)"/.exec(text)?.[1] ?? 'module' }
          : { kind: 'TerraformProvider', name: provider(text) },
    remedies: () => [
      look('See where each provider is asked for', command('tofu', 'providers')),
      change('Correct `source` in required_providers or in the module'),
    ],
  },
  {
    kind: 'terraform-provider-crashed',
    title: 'A provider crashed or does not start',
    about: 'The plugin panicked, or its program cannot be run on this machine.',
    remedy: 'Use another version of the provider; report the trace.',
    patterns: [
      /Plugin did not respond/,
      /The plugin encountered an error, and failed to respond/,
      /Request cancelled.*plugin\d\./,
      /(?:Could not load plugin|Failed to (?:instantiate|load|read) (?:provider|plugin schema)|Unrecognized remote plugin message)/,
      /Provider "[^"]+" (?:planned an invalid value|produced an (?:unexpected|invalid) )/,
    ],
    confidence: 0.94,
    says: (_match, { text, address }) =>
      `The provider crashed${address === undefined ? '' : ` at \`${address}\``}: ${quoted(text, 160)}`,
    remedies: () => [
      look('Read the stack trace of the plugin: TF_LOG=debug'),
      change('Pin another version of the provider', 'medium'),
    ],
  },
  {
    kind: 'terraform-inconsistent-plan',
    title: 'The provider contradicts its own plan',
    about: 'What the provider made or planned last is not what it planned first. It is a fault of the provider.',
    remedy: 'Apply again; raise the provider; give the attribute a fixed value.',
    patterns: [
      /Provider produced inconsistent (?:final plan|result after apply)/,
      /Provider returned invalid result object after apply/,
    ],
    confidence: 0.96,
    says: (_match, { text }) => {
      const attribute = /(?:invalid new value for|unexpected new value:) (\.[\w.[\]"]+)/.exec(text)?.[1];
      return `The provider contradicts its own plan${attribute === undefined ? '' : ` in \`${attribute}\``}: ${quoted(text, 180)}`;
    },
    object: (_match, { text, address, file, line }) => {
      const name = address ?? /(?:for|to) ((?:module\.[\w-]+\.)*[\w-]+\.[\w-]+(?:\[[^\]]+\])?)[ ,]/.exec(text)?.[1];
      return name === undefined
        ? undefined
        : { kind: 'TerraformResource', name, ...(file === undefined ? {} : { path: `${file} line ${line}` }) };
    },
    remedies: () => [
      change('Apply again: the second plan often holds', 'medium'),
      change('Raise the provider to a version without the fault'),
    ],
  },
];
