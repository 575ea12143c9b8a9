/** Which names a text declares, and where. */
import type { Node, Pattern, Program, VariableDeclaration } from 'acorn';
import type { DeclarationKind } from '../../guest/contract.js';

export interface Declaration {
  readonly name: string;
  readonly kind: DeclarationKind;
}

/** The names that a cell leaves in its session, by the word that the user declared them with. */
export function declarationsOf(program: Program): Declaration[] {
  return [...declaredIn(program.body), ...program.body.flatMap(hoistedVariables)];
}

/** What a list of statements declares by itself, without the `var`s inside them. */
export function declaredIn(statements: readonly Node[]): Declaration[] {
  return statements.flatMap((statement) => declaredBy(statement as Program['body'][number]));
}

function declaredBy(node: Program['body'][number]): Declaration[] {
  switch (node.type) {
    case 'VariableDeclaration':
      return variables(node);
    case 'FunctionDeclaration':
      return [{ name: node.id.name, kind: 'function' }];
    case 'ClassDeclaration':
      return [{ name: node.id.name, kind: 'class' }];
    case 'ImportDeclaration':
      return node.specifiers.map(({ local }) => ({ name: local.name, kind: 'import' }));
    case 'ExportNamedDeclaration':
      return node.declaration ? declaredBy(node.declaration) : [];
    default:
      return [];
  }
}

function variables({ kind, declarations }: VariableDeclaration): Declaration[] {
  const word = kind === 'var' || kind === 'let' ? kind : 'const';
  return declarations.flatMap(({ id }) => patternNames(id).map((name) => ({ name, kind: word })));
}

/** The names that a pattern binds. */
export function patternNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === 'RestElement' ? property.argument : property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : patternNames(element)));
    case 'RestElement':
      return patternNames(pattern.argument);
    case 'AssignmentPattern':
      return patternNames(pattern.left);
    default:
      return [];
  }
}

/** The `var`s inside a statement, which belong to the function, or cell, around it. */
export function hoistedVariables(statement: Node): Declaration[] {
  const found: Declaration[] = [];
  const visit = (node: Node): void => {
    if (isFunction(node)) return;
    if (node.type === 'VariableDeclaration') {
      const declaration = node as VariableDeclaration;
      if (declaration.kind === 'var' && node !== statement) found.push(...variables(declaration));
    }
    for (const child of childrenOf(node)) if (mayHoldStatements(child)) visit(child);
  };
  visit(statement);
  return found;
}

export const isFunction = ({ type }: Node): boolean =>
  type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';

/** Expressions hold no `var` but in functions of their own. */
const mayHoldStatements = ({ type }: Node): boolean =>
  /Statement$|^VariableDeclaration$|^SwitchCase$|^CatchClause$/.test(type) && type !== 'ExpressionStatement';

/** The nodes directly inside one, in no particular order. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) children.push(...(value as unknown[]).filter(isNode));
    else if (isNode(value)) children.push(value);
  }
  return children;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
