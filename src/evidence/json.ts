/** How evidence is read is how everything uncertain is read; the rooms below this one use it as well. */
export { asArray, asObject, at, isObject, type Json, number, objects, strings, text } from '../json.ts';
