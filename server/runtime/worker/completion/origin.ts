/** Tells, from its text alone, where the value of an expression is found. Nothing is evaluated. */
import {
  type Expression,
  type MemberExpression,
  type Node,
  type ObjectExpression,
  parseExpressionAt,
  type PrivateIdentifier,
} from 'acorn';
import type { Binding, Scope } from './scope.js';

/** Where the members of a value are found. */
export type Origin =
  /** By this path of names from the global object, or from what a kind of literal inherits. */
  | { readonly kind: 'path'; readonly literal: string; readonly path: readonly string[] }
  /** In an object literal. */
  | { readonly kind: 'object'; readonly node: ObjectExpression }
  /** In what a module that this text imports exports. */
  | { readonly kind: 'module'; readonly specifier: string; readonly local: string };

/** Declarations that refer to one another are followed this far. */
const maxSteps = 50;

/** @returns undefined where only running it could tell */
export function originOf(expression: string, scope: Scope): Origin | undefined {
  let node: Expression;
  try {
    node = parseExpressionAt(expression, 0, { ecmaVersion: 'latest', preserveParens: true });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
  return node.end < expression.length ? undefined : new Search(scope).of(node);
}

class Search {
  #steps = 0;

  constructor(private readonly scope: Scope) {}

  of(node: Node): Origin | undefined {
    if (++this.#steps > maxSteps) return undefined;
    const expression = node as Expression;
    switch (expression.type) {
      case 'Identifier':
        return this.#name(expression.name);
      case 'ThisExpression':
        return this.scope.isInFunction ? undefined : globalPath([]);
      case 'MemberExpression':
        return this.#member(expression);
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.of(expression.expression);
      case 'NewExpression':
        return step(this.of(expression.callee), 'prototype');
      case 'Literal':
        return literalPath(expression.regex ? 'regexp' : typeof expression.value, expression.value);
      case 'TemplateLiteral':
        return literalPath('string');
      case 'ArrayExpression':
        return literalPath('array');
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'ClassExpression':
        return literalPath('function');
      case 'ObjectExpression':
        return { kind: 'object', node: expression };
      default:
        return undefined;
    }
  }

  #name(name: string): Origin | undefined {
    const inner = this.scope.inner.find((binding) => binding.name === name);
    if (inner !== undefined) return this.#binding(inner, () => undefined);
    const outer = this.scope.outer.findLast((binding) => binding.name === name);
    // What the text declares is there already when it is run again.
    return outer === undefined ? globalPath([name]) : this.#binding(outer, () => globalPath([name]));
  }

  #binding({ name, init, module }: Binding, otherwise: () => Origin | undefined): Origin | undefined {
    if (module?.imported === '*') return { kind: 'module', specifier: module.specifier, local: name };
    const stated = init && init.type !== 'Identifier' ? this.of(init) : undefined;
    return stated ?? otherwise();
  }

  #member({ object, property, computed }: MemberExpression): Origin | undefined {
    const key = keyOf(property, computed);
    const owner = key === undefined ? undefined : this.of(object);
    if (owner === undefined || key === undefined) return undefined;
    if (owner.kind !== 'object') return step(owner, key);
    for (const item of owner.node.properties) {
      if (item.type === 'SpreadElement') return undefined;
      if (keyOf(item.key, item.computed) === key)
        return item.kind === 'init' ? this.of(item.value) : undefined;
    }
    return step(literalPath('object'), key);
  }
}

function globalPath(path: readonly string[]): Origin {
  return { kind: 'path', literal: '', path };
}

function literalPath(literal: string, value: unknown = ''): Origin | undefined {
  return value === null ? undefined : { kind: 'path', literal, path: [] };
}

function step(origin: Origin | undefined, key: string): Origin | undefined {
  return origin?.kind === 'path' ? { ...origin, path: [...origin.path, key] } : undefined;
}

/** The name of a property that is written out; undefined for private and computed ones. */
export function keyOf(node: Expression | PrivateIdentifier, isComputed: boolean): string | undefined {
  if (node.type === 'Identifier') return isComputed ? undefined : node.name;
  if (node.type === 'Literal') return String(node.value);
  if (node.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}
