/** The tokens of a text that nobody has finished, and what kind of text its end is. */
import { type Token, tokenizer, tokTypes } from 'acorn';

export interface Tokens {
  readonly tokens: readonly Token[];
  /** What stands at the end of the text. */
  readonly end:
    | { readonly kind: 'code' }
    /** Inside a string that begins with the quote at `start`. */
    | { readonly kind: 'string'; readonly start: number }
    /** Inside a comment, a template's text or a regular expression. */
    | { readonly kind: 'text' };
}

/** Characters that make no token are passed over, this many at most. */
const maxPassedOver = 20;

/** Reads the tokens of the text, which is cut off where the cursor stands. */
export function tokensOf(text: string): Tokens {
  let readable = text;
  for (let i = 0; i < maxPassedOver; i++) {
    const result = read(readable);
    if (!('problemAt' in result)) return result;
    const from = result.problemAt;
    const lineEnd = readable.indexOf('\n', from);
    // A string that its line does not end makes no sense to the end of the line; other characters by themselves.
    const isQuote = readable[from] === '"' || readable[from] === "'";
    const to = isQuote && lineEnd !== -1 ? lineEnd : from + 1;
    readable = readable.slice(0, from) + ' '.repeat(to - from) + readable.slice(to);
  }
  return { tokens: [], end: { kind: 'text' } };
}

function read(text: string): Tokens | { readonly problemAt: number } {
  const tokens: Token[] = [];
  /** What is open: a template's text, or a bracket of code. */
  const open: ('template' | 'brace')[] = [];
  let commentEnd: number | undefined;
  const reader = tokenizer(text, {
    ecmaVersion: 'latest',
    allowHashBang: true,
    onComment: (isBlock, _text, _start, end) => {
      if (!isBlock) commentEnd = end;
    },
  });
  try {
    for (let token = reader.getToken(); token.type !== tokTypes.eof; token = reader.getToken()) {
      tokens.push(token);
      if (token.type === tokTypes.backQuote) {
        if (open.at(-1) === 'template') open.pop();
        else open.push('template');
      } else if (token.type === tokTypes.dollarBraceL || token.type === tokTypes.braceL) open.push('brace');
      else if (token.type === tokTypes.braceR) open.pop();
    }
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('pos' in error)) throw error;
    const at = Number(error.pos);
    return failedAt(text, at, open.at(-1) === 'template', tokens);
  }
  return { tokens, end: { kind: commentEnd === text.length ? 'text' : 'code' } };
}

/** Whatever is not ended at the cursor is what is being typed. */
function failedAt(
  text: string,
  at: number,
  isInTemplate: boolean,
  tokens: readonly Token[],
): Tokens | { readonly problemAt: number } {
  if (isInTemplate || text.startsWith('/*', at)) return { tokens, end: { kind: 'text' } };
  const isLastLine = !text.includes('\n', at);
  if ((text[at] === '"' || text[at] === "'") && isLastLine)
    return { tokens, end: { kind: 'string', start: at } };
  if (text[at] === '/' && isLastLine) return { tokens, end: { kind: 'text' } };
  return { problemAt: Math.min(at, text.length - 1) };
}
