import { command, operand } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { imageAnalyzer } from './image.ts';
import { AUTH, INVALID, RATE, UNREACHABLE } from './image-kinds.ts';

function host(text: string): string {
  return (
    /lookup ([\w.-]+)/.exec(text)?.[1] ??
    /https?:\/\/([\w.-]+(?::\d+)?)\//.exec(text)?.[1] ??
    /dial tcp ([\w.:-]+\d)/.exec(text)?.[1] ??
    'the registry'
  );
}

export const registryUnreachable = imageAnalyzer({
  kind: 'registry-unreachable',
  title: 'The registry cannot be reached',
  about: 'The node cannot resolve, connect to or trust the registry; nothing is known about the image itself.',
  remedy: 'Correct the registry host name; check DNS, network, proxy and certificates of the node.',
  pattern: UNREACHABLE,
  unless: new RegExp([AUTH, RATE, INVALID].map((p) => p.source).join('|'), 'i'),
  confidence: 0.93,
  summary: ({ image, text }) =>
    /no such host|server misbehaving/.test(text)
      ? `the registry host \`${host(text)}\` of image \`${image}\` does not resolve (wrong host name, or DNS fails on the node)`
      : /x509|certificate/.test(text)
        ? `the node does not trust the certificate of the registry of \`${image}\``
        : `the node cannot connect to ${host(text) === 'the registry' ? 'the registry' : `the registry \`${host(text)}\``} of image \`${image}\``,
  remedies: ({ image, text }) => [
    look(
      'Resolve and reach the registry from a node',
      host(text) === 'the registry' ? undefined : command('nslookup', operand(host(text))),
    ),
    change(`Correct the registry in \`${image}\` if it is mistyped`),
  ],
});
