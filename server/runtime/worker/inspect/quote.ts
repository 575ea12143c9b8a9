/** Strings as node's `util.inspect` writes them. */

/** Control characters, the backslash, the quote and lone surrogates. */
const escaped = {
  "'": /[\x00-\x1f'\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
  other: /[\x00-\x1f\\\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
};

const short: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  "'": "\\'",
  '\\': '\\\\',
};

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code > 0xff) return `\\u${code.toString(16)}`;
  return short[character] ?? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Escapes what would not show, as in quotes but without them. */
export function escapeText(text: string): string {
  return text.replace(escaped["'"], escapeCharacter);
}

/** Quotes a string: in single quotes, or in others if that saves escaping. */
export function quoteString(text: string): string {
  if (text.includes("'")) {
    if (!text.includes('"')) return `"${text.replace(escaped.other, escapeCharacter)}"`;
    if (!text.includes('`') && !text.includes('${'))
      return `\`${text.replace(escaped.other, escapeCharacter)}\``;
  }
  return `'${escapeText(text)}'`;
}
