import { citeLines } from '../../../../src/evidence/cite.ts';
import { findObject, templateSpecOf } from '../../../../src/evidence/relations.ts';
import { at, objects, text } from '../../../../src/json.ts';
import { cite, named, type View } from '../../view.ts';
import { type Access, canI, grant, scopeWords } from '../access.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { isUp, subjectOf } from './log-errors.ts';

/** How clients that show no body say that they were refused: curl, wget, HTTP libraries. */
const REFUSED =
  /\b(?:returned error: |HTTP\/[\d.]+"? |HTTP request sent, awaiting response\.\.\. |status(?: ?code)?"?[:= ]+)403\b/i;
/** Whatever a program reaches the API server of its own cluster by. */
const API_SERVER = /\bkubernetes\.default\b|\bKUBERNETES_SERVICE_HOST\b/;
/** The path of a list of objects, as the API server serves it: group, namespace and resource. */
const LISTED = /\/apis?(?:\/([a-z][a-z0-9.-]*))?\/v\d\w*(?:\/namespaces\/([a-z0-9-]+))?\/([a-z]+)(?![\w/-])/;

/** What a GET of a list asks the API server for. */
function listed(words: string, user: string): Access | undefined {
  const [path, group, namespace, resource] = LISTED.exec(words) ?? [];
  if (path === undefined || resource === undefined) return undefined;
  return {
    user,
    verb: 'list',
    resource: group === undefined ? resource : `${resource}.${group}`,
    scope: namespace === undefined ? 'cluster' : { namespace },
  };
}

/** Programs that ask the API server, by their command, and are answered 403: only the status is told, not by whom or for what. */
export function refusedByStatus(view: View): Draft[] {
  return view.scene.logs.flatMap((log): Draft[] => {
    const line = log.lines.find(({ raw }) => REFUSED.test(raw.slice(0, 2000)));
    const subject = line === undefined ? undefined : subjectOf(view, log);
    const workload = subject && findObject(view.scene, subject);
    if (line === undefined || subject === undefined || workload === undefined) return [];
    const spec = templateSpecOf(workload.object);
    const words = JSON.stringify(objects(at(spec, 'containers')).map(({ command, args, env }) => [command, args, env]));
    const asks = API_SERVER.exec(words)?.[0];
    if (asks === undefined) return [];
    const account = text(at(spec, 'serviceAccountName')) ?? 'default';
    const user = `system:serviceaccount:${subject.namespace ?? 'default'}:${account}`;
    const access = listed(words, user);
    const what =
      access === undefined ? 'do what it asks for' : `${access.verb} ${access.resource}${scopeWords(access)}`;
    return [
      {
        object: subject,
        summary: `${named(subject)} fails: the Kubernetes API answers 403: its service account \`${user}\` may not ${what}`,
        confidence: 0.82,
        severity: isUp(view, log) ? 'degraded' : 'failed',
        citations: [citeLines(log.item, line.n - log.item.lines.from), cite(workload, asks)],
        involves: [subject],
        remedies:
          access === undefined
            ? []
            : [look('Ask the API server', canI(access)), change(grant(access, 'the service account'), 'medium')],
      },
    ];
  });
}
