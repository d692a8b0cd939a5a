import { citeLines } from './cite.ts';
import type { Citation, EvidenceItem } from './model.ts';
import type { Scene } from './scene.ts';
import { writtenStatus } from './written-status.ts';

/** What an HTTP request of a transcript (`curl`, `wget`) was answered with. */
export interface HttpAnswer {
  readonly host: string;
  readonly path: string;
  readonly status: number;
  /** Whether the answer is an ingress controller's own, for hosts and paths that it does not know. */
  readonly byDefaultBackend: boolean;
  readonly item: EvidenceItem;
  cite(): Citation | undefined;
}

const STATUS: readonly RegExp[] = [
  /^(?:<\s*|\s*)HTTP\/[\d.]+ (\d{3})\b/,
  /returned error: (\d{3})/,
  /server returned error: HTTP\/[\d.]+ (\d{3})/,
  /^<(?:title|h1)>(?:<center>)?(\d{3}) /i,
  /^(\d{3})$/,
];
const DEFAULT_BACKEND = /^default backend - 404|^404 page not found\s*$|^(?:response 404 )?\(backend NotFound\)/;

function askedOf(command: string): { host: string; path: string } | undefined {
  const url =
    /\bhttps?:\/\/([^/\s'"]+)([^\s'"]*)/.exec(command) ??
    /(?:curl|wget)\s(?:-\S+\s+)*([a-z0-9][\w.-]*\.[\w.-]+)(\/[^\s'"]*)?/.exec(command);
  if (url === null) return undefined;
  const header = /-H\s*['"]?[Hh]ost:\s*([^'"\s]+)/.exec(command)?.[1] ?? /--resolve\s+([^:\s]+):/.exec(command)?.[1];
  const host = (header ?? url[1] ?? '').replace(/:\d+$/, '').toLowerCase();
  return { host, path: url[2] || '/' };
}

/** Answers to the HTTP requests of a transcript, where their status is told. */
export function httpAnswers(scene: Scene): HttpAnswer[] {
  return scene.items.flatMap((item): HttpAnswer[] => {
    const command = item.command ?? '';
    if (!/\b(?:curl|wget)\b/.test(command)) return [];
    const asked = askedOf(command);
    const lines = item.text.split('\n').slice(0, 200);
    if (asked === undefined) return [];
    const byDefaultBackend = lines.some((line) => DEFAULT_BACKEND.test(line));
    for (const [index, line] of lines.entries()) {
      const told = STATUS.map((pattern) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
      const status = Number(told ?? writtenStatus(command, line) ?? (DEFAULT_BACKEND.test(line) ? 404 : undefined));
      if (status >= 200) return [{ ...asked, status, byDefaultBackend, item, cite: () => citeLines(item, index) }];
    }
    return [];
  });
}
