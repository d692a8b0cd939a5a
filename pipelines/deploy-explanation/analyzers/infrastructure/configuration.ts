import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import { about, configurationAt, type DiagnosticKind } from './diagnostic-kind.ts';

/** Kinds of the configuration itself: found before anything is changed. */
export const configuration: readonly DiagnosticKind[] = [
  {
    kind: 'terraform-cycle',
    title: 'Resources depend on each other in a circle',
    about: 'No order exists in which they could be made.',
    remedy: 'Take one reference out: a rule or attachment of its own breaks the circle.',
    patterns: [/^Cycle: (.+)/],
    confidence: 0.97,
    says: (match) => `These depend on each other in a circle: ${quoted(group(match))}`,
    object: (match) => ({ kind: 'TerraformResource', name: group(match).split(/,\s*/)[0]?.trim().split(' ')[0] ?? '' }),
    remedies: () => [
      look('Draw the graph', command('tofu', 'graph', '-draw-cycles')),
      change('Move one of the references to a resource of its own'),
    ],
  },
  {
    kind: 'terraform-count-unknown',
    title: 'count or for_each depends on what is known only after apply',
    about: 'The number or the keys of instances must be known while planning.',
    remedy: 'Use keys that stand in the configuration; keep unknown values for the values of the map.',
    patterns: [/^Invalid (count|for_each) argument/],
    confidence: 0.96,
    says: (match, diagnostic) =>
      `${about(diagnostic)}: its \`${group(match)}\` cannot be used (${quoted(diagnostic.text, 260)})`,
    object: (_match, diagnostic) => configurationAt(diagnostic),
    remedies: () => [
      change('Use keys that the configuration itself names'),
      change('Apply what it depends on first, with -target', 'medium'),
    ],
  },
  {
    kind: 'terraform-variable-missing',
    title: 'A required variable has no value',
    about: 'The run is given no value for a variable without a default, or one of the wrong type.',
    remedy: 'Set it: -var, a tfvars file, TF_VAR_…; see whether the CI secret behind it is defined.',
    patterns: [
      /^No value for required variable.*?variable "([^"]+)"/,
      /^No value for required variable/,
      /^Missing required configuration variable '([^']+)'/,
      /^Invalid (?:default )?value for (?:input )?variable(?!.*validation rule)/,
    ],
    confidence: 0.96,
    says: (match, diagnostic) =>
      `${about(diagnostic)}: a variable has no usable value${group(match) === '' ? ` (${quoted(diagnostic.text, 200)})` : ` (\`${group(match)}\`)`}`,
    object: (_match, diagnostic) => configurationAt(diagnostic),
    remedies: () => [look('See where the run takes its variables from'), change('Set the variable')],
  },
  {
    kind: 'terraform-condition-failed',
    title: 'A condition of the configuration does not hold',
    about: 'A precondition, postcondition, check or validation rule says no; its own message says why.',
    remedy: 'Do what the message of the condition asks.',
    patterns: [
      /^Resource (precondition|postcondition) failed/,
      /^Module output value (precondition) failed/,
      /^Check block (assertion) failed/,
      /^Invalid value for variable.*(validation rule)/,
      /^Test (assertion) failed/,
    ],
    confidence: 0.96,
    says: (match, diagnostic) =>
      `${about(diagnostic)}: a ${group(match)} does not hold (${quoted(diagnostic.text, 320)})`,
    object: (_match, diagnostic) => configurationAt(diagnostic),
    remedies: () => [
      look('Read the condition at the line named'),
      change('Give the value that the condition asks for'),
    ],
  },
  {
    kind: 'terraform-configuration-invalid',
    title: 'The configuration is not valid',
    about: 'An unsupported or missing argument, a wrong type, a reference to what is not declared, a syntax error.',
    remedy: 'Correct the line that the message names.',
    patterns: [
      /^(Unsupported (?:argument|block type|attribute)|Missing required argument|Insufficient \S+ blocks|Too many \S+ blocks|Reference to undeclared [\w ]+|Incorrect attribute value type|Invalid (?:assert expression|reference|resource type|data source|expression|function argument|index|multi-line string|template interpolation value|block definition|single-argument block definition|value for \S+|character|operand|"self" reference|attribute name|number literal|escape sequence|provider configuration|module (?:source|argument)|legacy provider \S+|combination of arguments|configuration|argument name|depends_on reference|use of \S+)|Argument (?:or block )?definition required|Duplicate \S+(?: \S+)? (?:configuration|definition|name)?|Unclosed (?:configuration block|template interpolation sequence)|Unterminated template string|Missing (?:newline after argument|item separator|resource instance key|name for \S+|base (?:url|path))|Call to unknown function|Error in function call|Inconsistent conditional result types|Self-referential block|Variables not allowed|Unknown variable|Conflicting configuration arguments|Not enough function arguments|Attempt to (?:get attribute from null value|index null value)|Provider configuration not present|Extraneous \S+|Zero assert blocks|Terraform encountered problems during initiali[sz]ation)/,
      /An argument named "([^"]+)" is not expected here/,
      /expected (\S+ to be .+?), got/,
      /"([^"]+)": (?:conflicts with|one of|all of|required field is not set)/,
    ],
    confidence: 0.95,
    says: (_match, diagnostic) => `${about(diagnostic)} is not valid: ${quoted(diagnostic.text, 260)}`,
    object: (_match, diagnostic) => configurationAt(diagnostic),
    remedies: (_match, { file, line }) => [
      look('Check it without a plan', command('tofu', 'validate')),
      change(`Correct ${file === undefined ? 'the line that the message names' : `${file} at line ${line}`}`),
    ],
  },
];
