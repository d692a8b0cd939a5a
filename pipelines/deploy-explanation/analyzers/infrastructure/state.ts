import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { group, quoted } from '../said.ts';
import type { DiagnosticKind } from './diagnostic-kind.ts';

function lockOf(text: string): { id?: string; who?: string; since?: string; path?: string; operation?: string } {
  const part = (name: string, until: string) => new RegExp(`\\b${name}: +(.*?) +(?:${until}):`).exec(text)?.[1]?.trim();
  const id = part('ID', 'Path');
  const path = part('Path', 'Operation');
  const operation = part('Operation', 'Who');
  const who = part('Who', 'Version');
  const since = part('Created', 'Info');
  return {
    ...(id ? { id } : {}),
    ...(path ? { path } : {}),
    ...(operation ? { operation } : {}),
    ...(who ? { who } : {}),
    ...(since ? { since } : {}),
  };
}

/** Kinds of the state and of the plan as a whole. */
export const state: readonly DiagnosticKind[] = [
  {
    kind: 'terraform-state-locked',
    title: 'The state is locked',
    about: 'Another run holds the lock of the state, or one that died left it behind.',
    remedy: 'Wait for the run that holds it; remove the lock only when that run is surely dead.',
    patterns: [
      /Error acquiring the state lock/,
      /state (?:blob )?is (?:already )?locked/i,
      /workspace is already locked|stack is currently locked by \d+ lock|Another update is currently in progress/,
    ],
    except: /AccessDenied|not authorized|no such host|NoSuchBucket/,
    confidence: 0.97,
    also: /^(?:│ )?\s*(?:ID|Who|Created): /,
    says: (_match, { text }) => {
      const { who, since, id, operation } = lockOf(text);
      // A backend that knows nothing of the holder says which object it could not write.
      const said =
        who === undefined && id === undefined
          ? /Error message: (.+?)(?: (?:Terraform|OpenTofu) acquires a state lock|$)/.exec(text)?.[1]
          : undefined;
      const holder = who === undefined ? '' : ` by \`${who}\``;
      const began = since === undefined ? '' : ` since ${since}`;
      return `The state is locked${holder}${began}${operation === undefined ? '' : ` (${operation})`}${id === undefined ? '' : `, lock \`${id}\``}${said === undefined ? '' : ` (${quoted(said)})`}`;
    },
    object: (_match, { text }) => ({ kind: 'TerraformState', name: lockOf(text).path ?? 'state' }),
    remedies: (_match, { text }) => {
      const { id, who } = lockOf(text);
      return [
        look(`See whether the run${who === undefined ? '' : ` of ${who}`} is still at work`),
        change(
          'Remove the lock, only when that run is surely dead',
          'high',
          command('tofu', 'force-unlock', (id ?? 'LOCK_ID').replace(/[^\w-]/g, '')),
        ),
      ];
    },
  },
  {
    kind: 'terraform-state-unreachable',
    title: 'The backend of the state cannot be used',
    about: 'The bucket, container or service that holds the state does not exist, does not answer, or refuses access.',
    remedy: 'Correct the backend and its credentials; never go on with an empty state.',
    patterns: [
      /(?:Error|Failed) (?:loading|to load|refreshing|to get existing|inspecting states in the) (?:state|workspaces|"[^"]+" backend)/i,
      /(?:Error|Failed) (?:configuring|to configure|building|initializing) (?:the )?(?:backend|S3 Backend|"[^"]+" backend)/i,
      /S3 bucket "?(\S+?)"? does not exist/,
      /Failed to save state|Error saving state|Failed to persist state/i,
      /error (?:loading|retrieving) (?:the )?(?:remote )?state/i,
      /Unable to (?:list|access) (?:objects in S3 bucket|the remote state)/,
      /state data in (?:S3|the backend) does not have the expected content/,
    ],
    confidence: 0.94,
    says: (_match, { text }) => `The backend of the state cannot be used: ${quoted(text)}`,
    object: () => ({ kind: 'TerraformState', name: 'backend' }),
    remedies: () => [
      look('Reach the backend with the same credentials'),
      change('Correct the backend block or the credentials, then run init again', 'medium'),
    ],
  },
  {
    kind: 'terraform-init-needed',
    title: 'The working directory must be initialised',
    about:
      'Providers, modules or the backend are not installed as the configuration now asks, or the lock file lacks them.',
    remedy: 'Run init in the same directory, and commit the lock file.',
    patterns: [
      /Inconsistent dependency lock file/,
      /Backend (?:initialization|configuration) (?:required|changed)/,
      /Module not installed/,
      /Missing required provider|required plugins are not installed/i,
      /Module source has changed/,
    ],
    except: /checksums/,
    confidence: 0.95,
    says: (_match, { text }) => `The working directory is not initialised as the configuration asks: ${quoted(text)}`,
    remedies: () => [change('Initialise it, and commit the lock file', 'low', command('tofu', 'init'))],
  },
  {
    kind: 'terraform-plan-stale',
    title: 'The saved plan is out of date',
    about: 'The state changed after the plan was made.',
    remedy: 'Plan again and look at it again.',
    patterns: [/Saved plan is stale/],
    confidence: 0.97,
    says: () => 'The saved plan is stale: the state changed after it was made',
    object: () => ({ kind: 'TerraformState', name: 'plan' }),
    remedies: () => [look('Plan again, and read what is different now', command('tofu', 'plan', '-out=plan'))],
  },
  {
    kind: 'terraform-prevent-destroy',
    title: 'The plan would destroy what `prevent_destroy` protects',
    about: 'A change forces replacement of, or removes, a resource that its configuration protects.',
    remedy: 'Take the change back, or move the data and lift the protection knowingly.',
    patterns: [/Resource (\S+) has lifecycle\.prevent_destroy set/, /Instance cannot be destroyed/],
    confidence: 0.97,
    says: (match) => `The plan would destroy \`${group(match)}\`, which \`prevent_destroy\` protects`,
    object: (match, { file, line }) =>
      group(match) === ''
        ? undefined
        : {
            kind: 'TerraformResource',
            name: group(match),
            ...(file === undefined ? {} : { path: `${file} line ${line}` }),
          },
    remedies: () => [
      look('See which attribute forces the replacement: the plan marks it `# forces replacement`'),
      change('Take that change back'),
      change('Move the data, then lift the protection', 'high'),
    ],
  },
];
