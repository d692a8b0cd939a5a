import { at, objects, text } from '../../json.ts';
import type { EvidenceItem, ObjectRef } from '../model.ts';
import type { Output } from '../outputs.ts';
import { ansibleSays } from './ansible.ts';

/** An error that a tool reports of one resource it was to make or change: index of its first line and of the line after its last. */
export interface StackError {
  readonly summary: string;
  readonly text: string;
  readonly at: number;
  readonly end: number;
  readonly object?: ObjectRef;
}

const RESOURCE = /^ {2}([\w-]+:[\w/.-]*:?[\w.-]+) \((.+)\):$/;
/** What Pulumi says of the whole because of a part. */
const SUMMED = /^(?:update|preview|refresh|destroy) failed$/;

/** The list below `3 errors occurred:`. */
function bullets(lines: Output['lines'], at: number): string[] {
  const found: string[] = [];
  for (const { text } of lines.slice(at + 1)) {
    const said = /^\s+\* (.+)$/.exec(text)?.[1];
    if (said === undefined) break;
    found.push(said.trim());
  }
  return found;
}

/** The errors below `Diagnostics:` of `pulumi up` and `preview`, and those that stand alone. */
function ofPulumi({ lines }: Output): StackError[] {
  const found: StackError[] = [];
  let resource: { object: ObjectRef; stack: boolean } | undefined;
  for (const [at, { text: line }] of lines.entries()) {
    const named = RESOURCE.exec(line);
    if (named !== null)
      resource = {
        object: { kind: 'PulumiResource', name: named[2] ?? '', path: named[1] ?? '' },
        stack: named[1] === 'pulumi:pulumi:Stack',
      };
    else if (/^\S/.test(line)) resource = undefined;
    const said = /^(?: {4})?error: +(.+)$/.exec(line)?.[1]?.trim();
    if (said === undefined || SUMMED.test(said)) continue;
    if (found.some(({ object }) => object !== undefined && object === resource?.object)) continue;
    const object = resource === undefined || resource.stack ? undefined : resource.object;
    const listed = /(?:^|: )\d+ errors? occurred:$/.test(said) ? bullets(lines, at) : [said];
    const summary = (listed[0] ?? said).replace(/^\S+\.go:\d+: (?:[\w.]+: )?/, '');
    const text = [summary, ...listed.slice(1)].join('; ');
    const end = at + (listed[0] === said ? 1 : listed.length + 1);
    found.push({ summary, text, at, end, ...(object === undefined ? {} : { object }) });
  }
  return found;
}

/** A row of events of CloudFormation: state, type, logical name (and id), reason. The CDK, SAM and the AWS client draw it alike. */
const EVENT =
  /\b(?:CREATE|UPDATE|DELETE|IMPORT)_FAILED\s*\|\s*(AWS::\w+::\w+|Custom::\S+|AWS::CloudFormation::Stack)\s*\|\s*([\w/.-]+)(?: \([\w/.-]+\))?[\s|]+(\S.*)$/;
/** What eksctl makes of them: `AWS::EKS::Nodegroup/ManagedNodeGroup: CREATE_FAILED – "…"`. */
const EKSCTL = /((?:AWS|Custom)::[\w:]+)\/([\w-]+): (?:CREATE|UPDATE|DELETE)_FAILED [–-] "(.*)"\s*$/;
/** The same in columns without lines. */
const COLUMNS = /^\s*(?:CREATE|UPDATE|DELETE)_FAILED {2,}((?:AWS|Custom)::\S+) {2,}([\w/.-]+) {2,}(\S.*)$/;
/** What is said of resources that fell with another. */
const FELL = /^(?:Resource (?:creation|update|deletion) cancelled|The following resource\(s\) failed)/i;
/** Errors of a client of AWS in JavaScript, with their code before the message. */
const THROWN = /^((?:ExpiredToken|\w+(?:Exception|Error|Denied|Expired))): (\S.+)$/;
const CDK = /^✨ {2}Synthesis time|\bcdk (?:deploy|diff|bootstrap|destroy|synth)\b|arn:aws:iam::\d+:role\/cdk-/u;

/** Events of a stack as `aws cloudformation describe-stack-events` gives them, the newest first. */
function ofEvents({ lines }: Output): StackError[] {
  const key = lines.findIndex(({ text: line }) => /^\s*(?:\{\s*)?"StackEvents"\s*:/.test(line));
  if (key < 0) return [];
  const from = lines.slice(0, key + 1).findLastIndex(({ text: line }) => line.startsWith('{'));
  const end = lines.findIndex(({ text: line }, at) => at >= key && /^\}|\}\s*$/.test(line) && !/^\s/.test(line));
  const value = jsonOf(lines.slice(from, end < 0 ? lines.length : end + 1));
  const events = objects(at(value, 'StackEvents')).toReversed();
  // What failed and was made or changed well later was tried again.
  const last = new Map(events.map((event) => [text(event.LogicalResourceId), event]));
  if (text(last.get(text(events[0]?.StackName))?.ResourceStatus)?.match(/^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/))
    return [];
  return events.flatMap((event): StackError[] => {
    const [status = '', reason = ''] = [text(event.ResourceStatus), text(event.ResourceStatusReason)];
    if (!status.endsWith('_FAILED') || reason === '' || FELL.test(reason)) return [];
    const [name, type] = [text(event.LogicalResourceId) ?? '', text(event.ResourceType) ?? ''];
    const quoted = JSON.stringify(reason).slice(1, 80);
    const line = lines.findIndex(({ text: shown }, place) => place >= from && shown.includes(quoted));
    const object: ObjectRef = { kind: 'StackResource', name, path: type };
    return [{ summary: reason, text: reason, at: Math.max(line, key), end: Math.max(line, key) + 1, object }];
  });
}

function jsonOf(lines: Output['lines']): unknown {
  try {
    return JSON.parse(lines.map(({ text: line }) => line).join('\n'));
  } catch {
    return undefined;
  }
}

/** What the command lines of AWS, Google Cloud and Azure say of a call that was refused. A program that made it names its own exception before. */
const CALLED =
  /^(?:An error occurred \(\w+\) when calling the \w+ operation(?: \([^)]*\))?: .+|ERROR: \(gcloud\.[\w.-]+\) .+|(?:ERROR: )?\([A-Z]\w+\) .+)$/;

/** So few lines that are no log, and of no command that is known, are what somebody pasted of its output. */
const PASTED = 4;

function isOfClient({ command, text }: EvidenceItem): boolean {
  if (command !== undefined) return /^(?:aws|gcloud|az) /.test(command);
  return text.split('\n').filter((line) => line.trim() !== '').length <= PASTED;
}

function ofClients({ lines }: Output): StackError[] {
  return lines.flatMap(({ item, text }, at): StackError[] =>
    CALLED.test(text) && isOfClient(item) ? [{ summary: text, text, at, end: at + 1 }] : [],
  );
}

function ofCloudFormation({ lines }: Output): StackError[] {
  // Deployed in the end: what failed on the way was tried again.
  if (lines.some(({ text }) => /^ ?✅ {2}\S/u.test(text)) && !lines.some(({ text }) => /^\s*❌ /u.test(text)))
    return [];
  const failed = lines.flatMap(({ text: line }, at): StackError[] => {
    const row = line.includes('_FAILED') ? (EVENT.exec(line) ?? COLUMNS.exec(line) ?? EKSCTL.exec(line)) : null;
    const [, type = '', name = '', reason = ''] = row ?? [];
    if (row === null || FELL.test(reason)) return [];
    const text = reason.replace(/\s*\|\s*$/, '');
    return [{ summary: text, text, at, end: at + 1, object: { kind: 'StackResource', name, path: type } }];
  });
  const first = new Map(failed.toReversed().map((error) => [error.object?.name, error]));
  if (first.size > 0) return [...first.values()].toSorted((a, b) => a.at - b.at);
  if (!lines.some(({ text: line }) => CDK.test(line))) return [];
  const at = lines.findIndex(({ text: line }) => THROWN.test(line) || /^\s*❌ .+ failed: /u.test(line));
  const text = lines[at]?.text.replace(/^\s*❌ +(\S+) +failed: /u, '$1: ');
  return text === undefined ? [] : [{ summary: text, text, at, end: at + 1 }];
}

const UNREACHABLE = /^fatal: \[([^\]]+)\]: UNREACHABLE! => /;
const NO_WAY = /timed out|refused|[Nn]o route|unreachable|[Cc]ould not resolve|not known/;

/** Hosts that Ansible cannot connect to. That one refuses the key is another matter. */
function ofAnsible({ lines }: Output): StackError[] {
  return lines.flatMap(({ text: line }, at): StackError[] => {
    const host = UNREACHABLE.exec(line)?.[1];
    const said = host === undefined ? undefined : ansibleSays(line);
    if (host === undefined || said === undefined || !NO_WAY.test(said)) return [];
    return [{ summary: said, text: said, at, end: at + 1, object: { kind: 'Host', name: host } }];
  });
}

/** What Pulumi, the CDK and CloudFormation report, and of Ansible the hosts that it does not reach; empty in outputs of other tools. */
export function stackErrors(output: Output): StackError[] {
  const pulumi = output.lines.some(({ text }) =>
    /^(?:Previewing update|Updating|Destroying|Refreshing) \([\w./-]+\):?$|^error: the stack is currently locked|^View (?:Live|in Browser)\b.*pulumi/.test(
      text,
    ),
  );
  if (pulumi) return ofPulumi(output);
  const unreached = ofAnsible(output);
  if (unreached.length > 0) return unreached;
  const events = ofEvents(output);
  return events.length > 0 ? events : [...ofCloudFormation(output), ...ofClients(output)];
}
