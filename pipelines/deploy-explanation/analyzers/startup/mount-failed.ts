import { change, DEPTH, look } from '../analyzer.ts';
import { containerAnalyzer } from './container-errors.ts';

export const mountFailed = containerAnalyzer({
  kind: 'mount-failed',
  title: 'A volume cannot be mounted',
  about:
    'The kubelet or the storage driver cannot attach or mount a volume (other than a missing ConfigMap or Secret).',
  remedy: 'Read the reason in the event: attached elsewhere, wrong file system, NFS server, missing driver, subPath.',
  depth: DEPTH.config + 2,
  pattern:
    /MountVolume\.\w+ failed for volume "([^"]+)"|AttachVolume\.\w+ failed for volume "([^"]+)"|Multi-Attach error for volume "([^"]+)"|failed to prepare subPath|not a directory: .*mount|error mounting "([^"]+)"/,
  except: /(?:configmap|secret)s? \\?"[^"]*\\?" not found|references non-existent (?:config|secret)/i,
  confidence: 0.9,
  says: (match, message) =>
    `volume \`${match.slice(1).find((part) => part) ?? ''}\` cannot be mounted (${message.text.slice(0, 200)})`,
  remedies: () => [
    look('See where the volume is attached', 'kubectl get volumeattachments'),
    change('Correct the volume or free it from the other node', 'medium'),
  ],
});
