/** The names that a text declares around the cursor, however unfinished it is. */
import type {
  BlockStatement,
  CatchClause,
  ForStatement,
  ForOfStatement,
  Function as FunctionNode,
  Node,
  Program,
  SwitchStatement,
  VariableDeclaration,
} from 'acorn';
import { parse } from 'acorn-loose';
import {
  childrenOf,
  declaredIn,
  type Declaration,
  hoistedVariables,
  isFunction,
  patternNames,
} from '../source/declarations.js';

export interface Binding {
  readonly name: string;
  readonly kind: Declaration['kind'] | 'parameter';
  /** What a `const x = …` or its like begins with. */
  readonly init?: Node | undefined;
  /** Of an import. */
  readonly module?: { readonly specifier: string; readonly imported: string } | undefined;
}

/** What can be named where the cursor stands. */
export interface Scope {
  /** Of functions and blocks around the cursor, innermost first. */
  readonly inner: readonly Binding[];
  /** At the top level of the text: these become the session's. */
  readonly outer: readonly Binding[];
  readonly isInFunction: boolean;
}

/** The parser's stand-in for what is missing. */
const dummy = '✖';

/** @param offset of the cursor, in UTF-16 units */
export function scopeAt(text: string, offset: number): Scope {
  const program = parsed(text);
  if (program === undefined) return { inner: [], outer: [], isInFunction: false };
  const enclosing = nodesAround(program, text, offset);
  return {
    inner: enclosing.flatMap(bindingsOf).filter(isNamed).reverse(),
    outer: bindingsIn(program.body).filter(isNamed),
    isInFunction: enclosing.some((node) => isFunction(node) && node.type !== 'ArrowFunctionExpression'),
  };
}

function parsed(text: string): Program | undefined {
  try {
    return parse(text, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  } catch (error) {
    // Nested deeper than our stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const isNamed = ({ name }: Binding): boolean => name !== dummy && name !== '';

/** From the outermost to the innermost, without the program. */
function nodesAround(program: Program, text: string, offset: number): Node[] {
  const around: Node[] = [];
  // Behind its last brace, one is out of a block; an unfinished block has none.
  const isInside = ({ start, end }: Node) =>
    start < offset && (offset < end || (offset === end && text[end - 1] !== '}'));
  let node: Node | undefined = program;
  while (node !== undefined) {
    node = childrenOf(node).find(isInside);
    if (node !== undefined) around.push(node);
  }
  return around;
}

function bindingsOf(node: Node): Binding[] {
  if (isFunction(node)) return ofFunction(node as FunctionNode);
  switch (node.type) {
    case 'BlockStatement':
      return bindingsIn((node as BlockStatement).body);
    case 'SwitchStatement':
      return bindingsIn((node as SwitchStatement).cases.flatMap(({ consequent }) => consequent));
    case 'CatchClause': {
      const { param } = node as CatchClause;
      return param ? patternNames(param).map((name) => ({ name, kind: 'parameter' })) : [];
    }
    case 'ForStatement':
      return ofLoop((node as ForStatement).init);
    case 'ForInStatement':
    case 'ForOfStatement':
      return ofLoop((node as ForOfStatement).left);
    default:
      return [];
  }
}

function ofFunction({ id, params, type }: FunctionNode): Binding[] {
  const own: Binding[] = params.flatMap(patternNames).map((name) => ({ name, kind: 'parameter' }));
  if (type !== 'ArrowFunctionExpression') own.push({ name: 'arguments', kind: 'parameter' });
  if (type === 'FunctionExpression' && id) own.push({ name: id.name, kind: 'function' });
  return own;
}

const ofLoop = (head: Node | null | undefined): Binding[] =>
  head?.type === 'VariableDeclaration' ? bindingsIn([head]) : [];

function bindingsIn(statements: readonly Node[]): Binding[] {
  const declared = [...declaredIn(statements), ...statements.flatMap(hoistedVariables)];
  const known = new Map(statements.flatMap(details).map((binding) => [binding.name, binding]));
  return declared.map(({ name, kind }) => known.get(name) ?? { name, kind });
}

/** Those whose declaration says more than their name. */
function details(statement: Node): Binding[] {
  if (statement.type === 'VariableDeclaration') {
    const { declarations, kind } = statement as VariableDeclaration;
    const word = kind === 'var' || kind === 'let' ? kind : 'const';
    return declarations.flatMap(({ id, init }) =>
      id.type === 'Identifier' && init ? [{ name: id.name, kind: word, init }] : [],
    );
  }
  const node = statement as Program['body'][number];
  if (node.type !== 'ImportDeclaration') return [];
  const specifier = String(node.source.value);
  return node.specifiers.map((item) => {
    let imported = 'default';
    if (item.type === 'ImportNamespaceSpecifier') imported = '*';
    else if (item.type === 'ImportSpecifier')
      imported = item.imported.type === 'Identifier' ? item.imported.name : String(item.imported.value);
    return { name: item.local.name, kind: 'import', module: { specifier, imported } };
  });
}
