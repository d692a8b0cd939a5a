import { hideInHeaders, hideInUrls } from './addresses.ts';
import { hideArguments } from './arguments.ts';
import { hideAssignments } from './assignments.ts';
import { hideEmails } from './emails.ts';
import { hideLists } from './lists.ts';
import type { PlaceholderOf } from './placeholders.ts';
import { hidePrivateKeys } from './private-keys.ts';
import { hideSecretObjects } from './secret-objects.ts';
import { hideSensitive } from './sensitive.ts';
import { hideTokens } from './tokens.ts';
import { hideVariables } from './variables.ts';

/*
 * Every pattern is linear: it starts at a literal or at a boundary that cannot begin inside its own match, and its
 * quantifiers are bounded or run over a class that the next character cannot continue. Every text keeps its number of lines,
 * because evidence is cited by them.
 */

/** Replaces the secrets of one text. See `redact` for what stays. What shows its extent best comes first. */
export function redactText(text: string, of: PlaceholderOf): string {
  let result = hidePrivateKeys(text, of);
  result = hideSecretObjects(result, of);
  result = hideSensitive(result, of);
  result = hideTokens(result, of);
  result = hideInUrls(result, of);
  result = hideInHeaders(result, of);
  result = hideArguments(result, of);
  result = hideVariables(result, of);
  result = hideLists(result, of);
  result = hideAssignments(result, of);
  return hideEmails(result, of);
}
