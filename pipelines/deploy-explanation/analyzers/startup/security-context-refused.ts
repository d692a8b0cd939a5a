import type { Message } from '../../../../src/evidence/messages.ts';
import { type Analyzer, change } from '../analyzer.ts';
import { group } from '../said.ts';
import { rootByImage } from './config-error.ts';
import { containerAnalyzer } from './container-errors.ts';

interface Refusal {
  readonly means: string;
  readonly pattern: RegExp;
  readonly fix: string;
}

/** What kubelet and runtime say of a security context that they cannot put into effect; the first that fits counts. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  'non-root': {
    means: 'runAsNonRoot is set, and the image runs as root or as a user that has a name instead of a number',
    pattern:
      /container has runAsNonRoot and image (?:will run as root|has non-numeric user \(?([^),]*)\)?)|runAsNonRoot.*(?:root|non-numeric)|runAsUser breaks non-root policy|cannot verify user is non-root/,
    fix: 'Set securityContext.runAsUser to a number other than 0',
  },
  seccomp: {
    means: 'the seccomp profile is not on the node, or does not parse',
    pattern:
      /(?:load|open|read|decod\w+)[^\n]{0,40}seccomp profile "?([^\s":]+)|seccomp (?:profile )?"?(\S+?)"? (?:not found|does not exist)|failed to generate seccomp spec opts|seccomp is not supported/i,
    fix: 'Put the profile on every node under /var/lib/kubelet/seccomp, or use RuntimeDefault',
  },
  apparmor: {
    means: 'the AppArmor profile is not loaded on the node, or the node has no AppArmor',
    pattern:
      /apparmor profile not found "?([^\s"]+)|Cannot enforce AppArmor: profile "([^"]+)" is not loaded|(?:failed to )?(?:apply|load) apparmor profile "?([^\s":]*)|apparmor is not (?:supported|enabled)|Cannot enforce AppArmor/i,
    fix: 'Load the profile on every node, or use RuntimeDefault',
  },
  capability: {
    means: 'it names a capability that the kernel does not know, or that the runtime may not give',
    pattern: /unknown capability(?: to (?:add|drop))?:? "?([A-Z_]+)|unable to apply caps: operation not permitted/i,
    fix: 'Correct the name of the capability (without the prefix CAP_)',
  },
  selinux: {
    means: 'the SELinux label cannot be set',
    pattern:
      /(?:failed to set|write) (?:file label|keycreate|\/proc\/self\/(?:task\/\d+\/)?attr\/(?:exec|keycreate))|SELinux (?:relabeling|label)[^\n]{0,80}(?:not allowed|invalid|denied)/i,
    fix: 'Correct seLinuxOptions, or drop them',
  },
  sysctl: {
    means: 'a sysctl of the pod cannot be set',
    pattern: /sysctl "?([\w./-]+)"? (?:not allowed|is not in a separate kernel namespace)|write sysctl key ([\w./-]+)/i,
    fix: 'Set it on the node, or drop it from the security context',
  },
};

function refusalOf(message: Message): [string, Refusal] | undefined {
  return Object.entries(REFUSALS).find(([, { pattern }]) => pattern.test(message.text));
}

const said = containerAnalyzer({
  kind: 'security-context-refused',
  title: 'The security context cannot be put into effect',
  about:
    'runAsNonRoot is set and the image runs as root (or as a user that has a name instead of a number), or the node does not have what the security context asks for: a seccomp or AppArmor profile, a capability, a label, a sysctl.',
  remedy:
    'Set runAsUser to a number other than 0 or build the image with a numeric USER; put the profile on every node.',
  aspects: Object.fromEntries(Object.entries(REFUSALS).map(([aspect, { means }]) => [aspect, means])),
  aspect: (_match, message) => refusalOf(message)?.[0],
  pattern: new RegExp(
    Object.values(REFUSALS)
      .map(({ pattern }) => pattern.source)
      .join('|'),
    'i',
  ),
  confidence: 0.96,
  field: 'securityContext',
  says: (_match, message) => {
    const [aspect, refusal] = refusalOf(message) ?? [];
    const which = group(refusal?.pattern.exec(message.text) ?? undefined);
    if (aspect === 'non-root')
      return which === ''
        ? 'runAsNonRoot is set, and the image runs as root'
        : `runAsNonRoot is set, and the image's user \`${which}\` is not numeric`;
    return `${refusal?.means ?? ''}${which === '' ? '' : ` (\`${which}\`)`}`;
  },
  remedies: (_match, _pod, message) => [change(refusalOf(message)?.[1].fix ?? '', 'medium')],
});

export const securityContextRefused: Analyzer = { ...said, find: (view) => [...said.find(view), ...rootByImage(view)] };
