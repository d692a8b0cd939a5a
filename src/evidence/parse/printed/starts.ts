/** Names under which a program's models hold an object of the API. */
const MODEL = '[A-Z][A-Za-z]{2,40}';

/**
 * First lines of objects as programs print their own values: `{'apiVersion': …` (Python), `{"apiVersion"=>` (Ruby), `map[apiVersion:…` and
 * `&Pod{ObjectMeta:` (Go), `Pod { metadata: …` (Rust), `class V1Pod {` and `Pod(apiVersion=…` (Java), YAML and JavaScript in braces, and
 * a line for each path (`json.kind = "Pod";` of gron, `items.0.kind = Pod` of yq).
 */
const STARTS: readonly RegExp[] = [
  /^\[?\s*\{\s*'(?:apiVersion|api_version|kind|items|metadata)':/,
  /^\[?\s*\{\s*"(?:apiVersion|kind|items|metadata)"\s*=>/,
  /^\[?\s*\{\s*(?:apiVersion|kind|items|metadata):\s/,
  /^&?\[?map\[(?:apiVersion|items|kind|metadata|[a-z][A-Za-z]{2,20}):.*\bmetadata:(?:map)?\[/,
  new RegExp(`^&?(?:v\\d\\w*\\.)?${MODEL}\\{(?:TypeMeta|ObjectMeta):`),
  new RegExp(`^(?:Ok\\(|Some\\()?${MODEL} \\{ metadata: ObjectMeta \\{`),
  new RegExp(`^class (?:V\\d\\w*?)?${MODEL} \\{$`),
  new RegExp(`^${MODEL}\\((?:apiVersion|kind|metadata)=`),
  /^json = [{[][\]}];$/,
  /^apiVersion = \S/,
];

/** Whether such an object begins with this line. The head is enough: a line may be a whole list. */
export function isPrintedStart(line: string): boolean {
  if (!/^[[{&A-Zamcji]/.test(line)) return false;
  const head = line.length > 2000 ? line.slice(0, 2000) : line;
  return STARTS.some((start) => start.test(head));
}
