/**
 * Patterns with `*` for any characters, or none, and nothing else. Texts come from guest code, so that the time it
 * takes grows with the length of both and no faster, unlike that of a regular expression.
 *
 * @param pattern for example `--depth=*`
 * @param text to match as a whole
 */
export function matchesWildcards(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let from = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= text.length - tail.length;
}
