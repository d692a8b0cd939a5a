import { asObject, at, isObject, type Json, objects, text } from '../../../../src/json.ts';

/** Why a resource is unwell, in its own words, as far as it has some. */
export interface Unwell {
  readonly message: string;
  /** What to look for in the text to cite it. */
  readonly needle: string;
  readonly weight: number;
}

/** Conditions that are bad when False or Unknown. */
const GOOD =
  /(?:^|[/.])(Ready|Available|Healthy|Synced|Succeeded|Deployed|Installed|Accepted|Programmed|ResolvedRefs|Reconciled|Established|Initialized|Configured|Valid|Online|Running|Applied|Established|NamesAccepted|CanaryChecksSucceeding|app-ready|cluster-ready|[\w-]+-ready|\w*Ready|\w*Healthy|\w*Succeeded|\w*Success|\w*Available)$/i;
/** Conditions that are bad when True. */
const BAD =
  /(?:^|[/.])(Degraded|Failed|Failure|NotReady|Error|HasErrors|Stalled|Invalid|SpecError|\w*Error|\w*Failed|\w*Unhealthy|Fallback|Orphan|Conflict\w*|InvalidSpec|ReplicaFailure|RolloutAborted|Violat\w*)$/i;
const BAD_STATE =
  /^(?:failed|error|errored|degraded|rejected|unhealthy|invalid|config ?error|crash\w*|noncompliant|non[- ]?compliant|failing|red|warning|out ?of ?sync error|\w*error|\w*failed|failednotvisible|\w*limitreached|notready|lost|unknown error)\b/i;
const STATE_KEYS = [
  'phase',
  'state',
  'status',
  'health',
  'overallStatus',
  'currentState',
  'updateStatus',
  'lastOperationStatus',
  'appState',
  'compliant',
  'jobManagerDeploymentStatus',
  'certificateStatus',
  'clusterStatus',
  'lifecycleState',
];
const MESSAGE_KEYS = [
  'message',
  'error',
  'errorDescription',
  'errorMessage',
  'failureMessage',
  'lastError',
  'statusMessage',
  'reason',
  'failureReason',
  'cause',
];
/** Reasons of a normal course: such a condition is only not there yet. */
const UNDER_WAY =
  /^(Creating|Deleting|Pending|Progressing|Reconciling|InProgress|Waiting|Provisioning|Initializing|Installing|Updating|AsExpected|NoReasonGiven|Paused|ScalerNotActive|Terminating)$/i;

function said(condition: Json): string {
  return text(condition.message) || text(condition.reason) || `${text(condition.type)} is ${text(condition.status)}`;
}

function fromConditions(status: Json): Unwell[] {
  const conditions = objects(status.conditions);
  const found = conditions.flatMap((condition): Unwell[] => {
    const type = text(condition.type) ?? '';
    const state = (text(condition.status) ?? '').toLowerCase();
    const message = said(condition).trim();
    const needle = (text(condition.message)?.split(/["'\\\n]/)[0] || text(condition.reason) || type).slice(0, 40);
    const reason = text(condition.reason) ?? '';
    if (BAD.test(type) && state === 'true') return [{ message, needle, weight: text(condition.message) ? 5 : 4 }];
    const late = /^Progressing$/i.test(type) && /timed out|exceeded|fail/i.test(`${message} ${reason}`);
    // Whatever the condition is called: a reason that says failed says that it is meant to be True.
    const failed =
      state === 'false' && !BAD.test(type) && /(?:Fail(?:ed|ing|ure)|Error|Denied|Forbidden)$/.test(reason);
    if ((!GOOD.test(type) && !late && !failed) || (state !== 'false' && state !== 'unknown')) return [];
    if (UNDER_WAY.test(reason) && !/fail|error|denied|invalid|not found/i.test(message)) return [];
    const telling =
      /fail|error|invalid|not found|cannot|unable|denied|exceeded|missing|unhealthy|refus|nodes are available|timed out|crash/i.test(
        `${message} ${reason}`,
      );
    const waiting = /^waiting|in progress|not yet/i.test(message) && !telling;
    if (waiting) return [{ message, needle, weight: 0 }];
    const base = state === 'unknown' ? 2 : 3;
    return [{ message, needle, weight: telling ? base + 1.5 : base }];
  });
  return found.filter((unwell) => unwell.weight > 0);
}

function fromStates(status: Json, depth: number): Unwell[] {
  const found: Unwell[] = [];
  for (const key of STATE_KEYS) {
    const value = text(status[key]);
    const unsure = key === 'health' && value === 'Unknown';
    const complains = value?.includes(' ') === true && /\bnot\b|fail|error|denied|invalid|can't|cannot/i.test(value);
    if (value === undefined || !(BAD_STATE.test(value.trim()) || complains || unsure)) continue;
    const own = MESSAGE_KEYS.map((name) => text(status[name])).find(
      (message) => message !== undefined && message !== '',
    );
    const sentence = value.includes(' ') && value.length > 20;
    found.push({
      message: own ?? (sentence ? value : `${key} is ${value}`),
      needle: (own ?? value).split(/["'\\\n]/)[0]?.slice(0, 40) || value,
      weight: own === undefined ? 2 : 4,
    });
  }
  const failed = MESSAGE_KEYS.slice(1, 8)
    .map((name) => text(status[name]))
    .find((message) => message !== undefined && message.trim() !== '' && message !== 'null');
  if (failed !== undefined && found.length === 0)
    found.push({ message: failed, needle: failed.split(/["'\\\n]/)[0]?.slice(0, 40) ?? failed, weight: 3 });
  if (found.length === 0 && (status.healthy === false || status.success === false || status.failed === true)) {
    const key = status.healthy === false ? 'healthy' : status.success === false ? 'success' : 'failed';
    const own = MESSAGE_KEYS.map((name) => text(status[name])).find(
      (message) => message !== undefined && message !== '',
    );
    found.push({
      message: own ?? `${key} is ${String(status[key])}`,
      needle: own?.slice(0, 40) ?? key,
      weight: own === undefined ? 2.5 : 3.5,
    });
  }
  if (depth <= 0) return found;
  for (const [key, member] of Object.entries(status)) {
    if (/^(conditions|lastAppliedSpec|spec|template|atProvider|subresourceStatuses)$/.test(key)) continue;
    const members = isObject(member) ? [member] : objects(member).slice(0, 100);
    for (const inner of members) {
      found.push(...fromStates(inner, depth - 1).map((unwell) => ({ ...unwell, weight: unwell.weight - 0.5 })));
      found.push(...fromConditions(inner).map((unwell) => ({ ...unwell, weight: unwell.weight - 0.5 })));
    }
  }
  return found;
}

/** Controllers that may not write the status leave their judgement in a label or annotation. */
function fromMarks(object: Json): Unwell[] {
  const marks = { ...asObject(at(object, 'metadata', 'labels')), ...asObject(at(object, 'metadata', 'annotations')) };
  return Object.entries(marks).flatMap(([key, value]) =>
    /(?:state|status|result|health|phase)$/i.test(key) &&
    /^(?:failed|error|degraded|unhealthy)$/i.test(text(value) ?? '')
      ? [{ message: `${key} is ${text(value)}`, needle: key, weight: 2 }]
      : [],
  );
}

/** A resource of which nothing is asked, and whose controller lists nothing: it is ready and does nothing. */
function fromEmptiness(object: Json): Unwell[] {
  if (!isObject(object.spec) || Object.keys(object.spec).length > 0) return [];
  return Object.entries(asObject(object.status)).flatMap(([key, value]) =>
    Array.isArray(value) && value.length === 0 && key !== 'conditions'
      ? [{ message: `it has no ${key} configured: its spec is empty`, needle: key, weight: 1 }]
      : [],
  );
}

/** Reads conditions, phases and states of any resource. `undefined` when nothing in its status says that it is unwell. */
export function unwellOf(object: Json): Unwell | undefined {
  const status = asObject(object.status);
  const all = [...fromConditions(status), ...fromStates(status, 3), ...fromMarks(object), ...fromEmptiness(object)];
  const [first, ...others] = all.sort((a, b) => b.weight - a.weight);
  if (first === undefined) return undefined;
  // Several complaints of the same weight are one answer: two violated policies, two broken catalogs.
  const same = others.filter(({ weight, message }) => weight === first.weight && message !== first.message);
  const messages = [...new Set([first.message, ...same.map(({ message }) => message)])].slice(0, 3);
  return { ...first, message: messages.join('; ') };
}
