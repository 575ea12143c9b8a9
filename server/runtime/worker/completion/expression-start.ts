/** Finds the expression whose member is being typed, from its end. */
import { type Token, tokTypes } from 'acorn';

const values: ReadonlySet<unknown> = new Set([
  tokTypes._this,
  tokTypes._super,
  tokTypes._null,
  tokTypes._true,
  tokTypes._false,
]);

/** A name, or a word that may be one after a dot. */
export const isNameLike = ({ type }: Token): boolean => type === tokTypes.name || type.keyword !== undefined;

/** Could an expression end with this token? */
function endsExpression(token: Token | undefined): boolean {
  if (token === undefined) return false;
  const { type } = token;
  return (
    type === tokTypes.name ||
    values.has(type) ||
    type === tokTypes.string ||
    type === tokTypes.num ||
    type === tokTypes.regexp ||
    type === tokTypes.backQuote ||
    type === tokTypes.bracketR ||
    type === tokTypes.parenR ||
    type === tokTypes.braceR
  );
}

/**
 * @param tokens up to the end of the expression
 * @returns the offset where it starts; undefined when it is none, or a call, whose result nobody knows
 */
export function expressionStart(text: string, tokens: readonly Token[]): number | undefined {
  let index = tokens.length - 1;
  for (;;) {
    const token = tokens[index];
    if (token === undefined) return undefined;
    const before = tokens[index - 1];
    if (before?.type === tokTypes.dot || before?.type === tokTypes.questionDot) {
      if (!isNameLike(token)) return undefined;
      index -= 2;
      continue;
    }
    switch (token.type) {
      case tokTypes.bracketR: {
        const open = matching(tokens, index, tokTypes.bracketL, tokTypes.bracketR);
        if (open === undefined) return undefined;
        const isOptional = tokens[open - 1]?.type === tokTypes.questionDot;
        const owner = isOptional ? open - 2 : open - 1;
        if (!endsExpression(tokens[owner])) return tokens[open]?.start;
        index = owner;
        break;
      }
      case tokTypes.parenR: {
        const open = matching(tokens, index, tokTypes.parenL, tokTypes.parenR);
        if (open === undefined) return undefined;
        return endsExpression(tokens[open - 1]) ? newStart(text, tokens, open) : tokens[open]?.start;
      }
      case tokTypes.backQuote: {
        const open = tokens.findLastIndex(({ type }, at) => at < index && type === tokTypes.backQuote);
        return endsExpression(tokens[open - 1]) ? undefined : tokens[open]?.start;
      }
      case tokTypes.braceR:
        return undefined;
      default:
        return endsExpression(token) ? token.start : undefined;
    }
  }
}

/** `new Foo(…)` is no call: what it makes has the members of Foo's prototype. */
function newStart(text: string, tokens: readonly Token[], open: number): number | undefined {
  const callee = expressionStart(text, tokens.slice(0, open));
  const before = tokens.findLast(({ end }) => callee !== undefined && end <= callee);
  return before?.type === tokTypes._new ? before.start : undefined;
}

function matching(
  tokens: readonly Token[],
  close: number,
  opening: unknown,
  closing: unknown,
): number | undefined {
  let depth = 0;
  for (let index = close; index >= 0; index--) {
    const type: unknown = tokens[index]?.type;
    if (type === closing) depth++;
    if (type === opening && --depth === 0) return index;
  }
  return undefined;
}
