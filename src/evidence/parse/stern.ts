/** What `stern` puts before each line: the pod and its container, after the namespace where there are several. */
export const STERN = /^(?:[a-z0-9-]+ )??([a-z0-9][a-z0-9.-]*-(?:[a-z0-9]{5}|\d{1,3})) (?:› )?[a-z0-9-]+(?= |$)/;

/** `+ web-0 › app`: stern says which container it follows from now on, and no longer. */
export const FOLLOWED = /^[+-] (?:\S+ )?\S+ › \S+$/u;
