/** Tells JSX from other mistakes: the compiler sees a type assertion in it, and complains of what comes after. */

/** How far before the error a JSX tag may begin, in UTF-16 units. */
const maxDistance = 2000;

const tag =
  /<(?:>|([A-Za-z_$][\w$.:-]*)((?:\s+[\w$:-]+(?:=(?:"[^"]*"|'[^']*'|\{[^{}]*\}))?|\s+\{[^{}]*\})*)\s*(\/)?>)/g;

/**
 * @param error offset that the compiler complains of
 * @returns the offset of the JSX that it stumbled over; undefined when it was something else
 */
export function jsxBefore(text: string, error: number): number | undefined {
  const start = Math.max(0, error - maxDistance);
  const near = text.slice(start, error + maxDistance);
  for (const match of near.matchAll(tag)) {
    const [opening, name = '', , closed] = match;
    const end = closed === undefined ? closingEnd(near, name, match.index) : match.index + opening.length;
    if (match.index <= error - start && error - start <= end) return start + match.index;
  }
  return undefined;
}

/** @returns -1 without a closing tag: then `<T>` is the type parameter that it looks like */
function closingEnd(text: string, name: string, from: number): number {
  const closing = `</${name}>`;
  const at = text.indexOf(closing, from);
  return at < 0 ? -1 : at + closing.length;
}
