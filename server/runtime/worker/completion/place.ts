/** What is being typed where the cursor stands. */
import { type Token, tokTypes } from 'acorn';
import type { Completions } from '../../../../shared/protocol.js';
import { expressionStart, isNameLike } from './expression-start.js';
import { tokensOf } from './tokens.js';

type Range = Completions['replace'];

interface Typed {
  /** What is there of it already. */
  readonly prefix: string;
  /** Where that stands. */
  readonly replace: Range;
}

export type Place =
  /** Text, a number, a new name: nothing that is known could follow. */
  | { readonly kind: 'nothing' }
  | ({ readonly kind: 'name'; readonly isConstructor: boolean } & Typed)
  /** After a dot, or in a bracket's string. */
  | ({
      readonly kind: 'member';
      /** The text of the expression before it. */
      readonly object: string;
      /** How the name is written: after the dot at this offset, after `?.`, or as a string with this quote. */
      readonly access: { readonly dot: number } | 'optional' | { readonly quote: string };
    } & Typed)
  | ({ readonly kind: 'specifier' } & Typed)
  /** In the braces of an import. */
  | ({ readonly kind: 'export'; readonly specifier: string } & Typed);

const nothing: Place = { kind: 'nothing' };

const declaring = new Set(['const', 'let', 'var', 'function', 'class']);

/** @param offset of the cursor, in UTF-16 units */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  // At the very end of a text, the tokenizer takes `?.` for a question mark and a dot.
  const { tokens, end } = tokensOf(before.endsWith('?.') ? `${before} ` : before);
  if (end.kind === 'text') return nothing;
  if (end.kind === 'string') return placeInString(before, end.start, tokens);

  const last = tokens.at(-1);
  const isTyping = last !== undefined && last.end === offset && isNameLike(last);
  const isUnknown = last?.type === tokTypes.num || last?.type === tokTypes.privateId;
  if (!isTyping && last?.end === offset && isUnknown) return nothing;
  const typed: Typed = {
    prefix: isTyping ? before.slice(last.start) : '',
    replace: { start: isTyping ? last.start : offset, end: offset },
  };
  const rest = isTyping ? tokens.slice(0, -1) : tokens;
  const previous = rest.at(-1);
  if (previous?.type === tokTypes.dot || previous?.type === tokTypes.questionDot) {
    const access = previous.type === tokTypes.dot ? { dot: previous.start } : 'optional';
    return memberOf(before, rest.slice(0, -1), access, typed);
  }
  const specifier = importedFrom(rest, text.slice(offset));
  if (specifier !== undefined) return { kind: 'export', specifier, ...typed };
  const word = previous === undefined ? '' : before.slice(previous.start, previous.end);
  if (previous !== undefined && declaring.has(word) && isNameLike(previous)) return nothing;
  return { kind: 'name', isConstructor: word === 'new', ...typed };
}

function placeInString(before: string, start: number, tokens: readonly Token[]): Place {
  const prefix = before.slice(start + 1);
  if (isSpecifier(before, tokens)) {
    // A part of a path at a time.
    const partStart = start + 1 + prefix.lastIndexOf('/') + 1;
    return { kind: 'specifier', prefix, replace: { start: partStart, end: before.length } };
  }
  const bracket = tokens.at(-1);
  if (bracket?.type !== tokTypes.bracketL) return nothing;
  const quote = before.charAt(start);
  const typed = { prefix, replace: { start: start + 1, end: before.length } };
  const object = tokens.slice(0, -1);
  const isOptional = object.at(-1)?.type === tokTypes.questionDot;
  return memberOf(before, isOptional ? object.slice(0, -1) : object, { quote }, typed);
}

function memberOf(
  text: string,
  tokens: readonly Token[],
  access: Extract<Place, { kind: 'member' }>['access'],
  typed: Typed,
): Place {
  const start = expressionStart(text, tokens);
  const end = tokens.at(-1)?.end;
  if (start === undefined || end === undefined) return nothing;
  return { kind: 'member', object: text.slice(start, end), access, ...typed };
}

/** Is a string after these tokens the name of a module? */
function isSpecifier(text: string, tokens: readonly Token[]): boolean {
  const [before, last] = tokens.slice(-2).map(({ start, end }) => text.slice(start, end));
  const only = last ?? before;
  if (only === 'import') return true;
  if (only === 'from') {
    const words = tokens.map(({ start, end }) => text.slice(start, end));
    const keyword = Math.max(words.lastIndexOf('import'), words.lastIndexOf('export'));
    return keyword !== -1 && words.slice(keyword + 1, -1).every((word) => /^[\w$*,{}]+$/.test(word));
  }
  return last === '(' && (before === 'import' || before === 'require');
}

/** The module whose exports are named in braces, which may follow the cursor. */
function importedFrom(tokens: readonly Token[], after: string): string | undefined {
  const open = tokens.findLastIndex(({ type }) => type === tokTypes.braceL);
  if (open === -1) return undefined;
  const inside = tokens.slice(open + 1);
  const isList = inside.every((token) => isNameLike(token) || token.type === tokTypes.comma);
  const isAfterName = inside.length > 0 && inside.at(-1)?.type !== tokTypes.comma;
  if (!isList || isAfterName) return undefined;
  const keyword = tokens
    .slice(0, open)
    .findLast(({ type }) => type !== tokTypes.comma && type !== tokTypes.name);
  if (keyword?.type !== tokTypes._import && keyword?.type !== tokTypes._export) return undefined;
  return /^[\w$\s,]*\}\s*from\s*(['"])([^'"\n]+)\1/.exec(after)?.[2];
}
