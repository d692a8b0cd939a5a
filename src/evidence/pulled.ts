import { citeLines } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import { plainCommand } from './prompt.ts';

/** An image that somebody pulled on a node by hand, and that does not come. */
export interface FailedPull {
  readonly image: string;
  /** What the runtime said of it. */
  readonly said: string;
  cite(): Citation | undefined;
}

/** A pull with the client of a node's runtime. What `docker pull` says in a build is the build's. */
const PULL =
  /^(?:sudo )?(?:(?:crictl|nerdctl|podman)(?: -\S+(?: [\w.]+)?)*? pull|ctr(?: -\S+(?: [\w.]+)?)*? (?:images?|i) pull|k3s ctr (?:images?|i) pull)\s+(.+)$/;
/** How these say that it failed. */
const FAILED = /^(?:FATA\[\d+\]|Error:|ctr: |.*"PullImage from image service failed")/;

/** The image that a command of such a client pulls. */
function imageOf(command: string): string | undefined {
  const given = PULL.exec(plainCommand(command) ?? command)?.[1];
  return given
    ?.split(/\s+\|/)[0]
    ?.split(/\s+/)
    .findLast((word) => /^[\w.-]+(?::\d+)?(?:\/[\w.-]+)*(?:[:@][\w.:-]+)?$/.test(word));
}

/** Pulls by hand that failed. */
export function failedPulls(items: readonly EvidenceItem[]): FailedPull[] {
  return items.flatMap((item): FailedPull[] => {
    const image = item.command === undefined ? undefined : imageOf(item.command);
    if (image === undefined) return [];
    const lines = item.text.split('\n');
    const index = lines.findLastIndex((line) => FAILED.test(line));
    return index < 0 ? [] : [{ image, said: lines[index] ?? '', cite: () => citeLines(item, index) }];
  });
}
