/**
 * Prepares a cell, or a file that runs like one, so that the engine does what a person at a prompt expects: names can
 * be declared again, a failed initialiser leaves its name usable, static imports work, and an object literal alone is
 * an object. Only statements at the top level are touched, lines stay where they are, and every column can be mapped
 * back. What the parser refuses goes to the engine as it is: it knows more of the language, and says what is wrong.
 */
import type { ImportDeclaration, Program } from 'acorn';
import { declarationsOf, type Declaration } from './declarations.js';
import { hoistImports } from './hoist-imports.js';
import { maxParsedLength, parseCell, type ParseProblem } from './parse.js';
import { applyEdits, LineIndex, type Edit, type EditedText, type Position } from './position-map.js';

/** Code for the engine's evaluation with top-level await. */
export interface PreparedSource extends EditedText {
  readonly kind: 'prepared';
  /** The names that it leaves in its session. Of a text that was not parsed, none are known. */
  readonly declarations: readonly Declaration[];
}

/** Why a text cannot run; it stands in the text that the user wrote. */
export interface SourceError extends Position {
  readonly kind: 'error';
  readonly name: 'SyntaxError';
  readonly message: string;
}

/** @param text of a cell, or of a file that is a script by {@link classifyFile} */
export function prepareCell(text: string): PreparedSource | SourceError {
  if (text.length > maxParsedLength) return prepared(text, []);
  const literal = objectLiteral(text);
  if (literal !== undefined) return literal;
  const result = parseCell(text);
  if (result.kind === 'refused') return refused(text, result.problem);
  const exported = result.program.body.find(({ type }) => /^Export/.test(type));
  if (exported !== undefined) {
    return sourceError(
      text,
      exported.start,
      'export is for modules; names of a cell stay in the session without it',
    );
  }
  return prepared(text, editsOf(text, result.program), declarationsOf(result.program));
}

function prepared(
  text: string,
  edits: readonly Edit[],
  declarations: readonly Declaration[] = [],
): PreparedSource {
  return { kind: 'prepared', declarations, ...applyEdits(text, edits) };
}

function sourceError(text: string, offset: number, message: string): SourceError {
  return { kind: 'error', name: 'SyntaxError', message, ...new LineIndex(text).position(offset) };
}

/** Static imports, which the engine does not take in a cell, would be what it complains about. */
function refused(text: string, { message, offset }: ParseProblem): PreparedSource | SourceError {
  const hasImport = /^\s*import\b(?!\s*[(.])/m.test(text);
  return hasImport && offset !== undefined ? sourceError(text, offset, message) : prepared(text, []);
}

/**
 * `{ a: 1 }` and `{ a: 1 }.a` are values, not blocks, unless a semicolon at the end says otherwise; where the text
 * makes no sense as a value, it is a block after all.
 */
function objectLiteral(text: string): PreparedSource | undefined {
  if (!/^\s*\{/.test(text) || /;\s*$/.test(text)) return undefined;
  const edited = applyEdits(text, [
    { start: 0, end: 0, code: '(' },
    { start: text.length, end: text.length, code: '\n)' }, // the text may end in a line comment
  ]);
  const result = parseCell(edited.code);
  if (result.kind === 'refused') return undefined;
  const [statement, ...others] = result.program.body;
  const isOne = others.length === 0 && statement?.end === edited.code.length;
  if (!isOne || statement.type !== 'ExpressionStatement') return undefined;
  return statement.expression.type === 'ParenthesizedExpression'
    ? { kind: 'prepared', declarations: [], ...edited }
    : undefined;
}

function editsOf(text: string, program: Program): Edit[] {
  const edits: Edit[] = [];
  const imports: ImportDeclaration[] = [];
  let firstStatement: number | undefined;
  for (const node of program.body) {
    const isDirective = node.type === 'ExpressionStatement' && node.directive !== undefined;
    if (!isDirective) firstStatement ??= node.start;
    switch (node.type) {
      case 'VariableDeclaration':
        if (node.kind === 'let') edits.push({ start: node.start, end: node.start + 3, code: 'var' });
        // As wide as before, so that columns of the code stay readable in the engine's own messages.
        if (node.kind === 'const') edits.push({ start: node.start, end: node.start + 5, code: 'var  ' });
        if (node.kind !== 'let') break;
        for (const { init, end } of node.declarations) {
          // `var x` would keep the value of an earlier run.
          if (init === null || init === undefined) edits.push({ start: end, end, code: '=void 0' });
        }
        break;
      case 'ClassDeclaration':
        edits.push({ start: node.start, end: node.start, code: `var ${node.id.name}=` });
        edits.push({ start: node.end, end: node.end, code: ';' });
        break;
      case 'ImportDeclaration':
        imports.push(node);
        break;
      default:
        break;
    }
  }
  edits.push(...hoistImports(text, imports, firstStatement ?? 0));
  // Insertions come before what is replaced at the same place; sorting keeps the order of equals.
  return edits.sort((a, b) => a.start - b.start || a.end - b.end);
}
