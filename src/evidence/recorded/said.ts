import { asArray, isObject, type Json, objects, text } from '../../json.ts';

/** Who a message of a conversation is from, where it is a person: what people paste is evidence, what a model says is none. */
const PERSON = /^(?:user|human)$/i;
const MODEL = /^(?:assistant|ai|model)$/i;

const roleOf = (message: Json): string => text(message.role) ?? text(message.type) ?? '';

function textOf(message: Json): string {
  const content = message.content ?? message.parts ?? message.text;
  if (typeof content === 'string') return content;
  return asArray(content)
    .map((part) => (isObject(part) ? text(part.text) : typeof part === 'string' ? part : undefined))
    .filter((part) => part !== undefined)
    .join('\n');
}

/** The messages of a conversation, wherever its recorder keeps them. */
function messagesOf(value: unknown): readonly Json[] {
  const list = isObject(value) ? (value.messages ?? value.contents ?? value.history) : value;
  const messages = objects(list);
  const spoken = messages.filter((message) => PERSON.test(roleOf(message)) || MODEL.test(roleOf(message)));
  return spoken.some((message) => MODEL.test(roleOf(message))) ? spoken : [];
}

/**
 * What people pasted into a conversation with a model in which no tool was called: their messages of more than one line. Undefined where
 * there are none, or the value is no conversation.
 */
export function pastedTexts(value: unknown): string | undefined {
  const pasted = messagesOf(value)
    .filter((message) => PERSON.test(roleOf(message)))
    .map((message) => textOf(message).trim())
    .filter((said) => said.includes('\n'));
  return pasted.length === 0 ? undefined : `${pasted.join('\n\n')}\n`;
}
