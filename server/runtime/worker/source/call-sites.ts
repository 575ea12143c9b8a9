/**
 * Where people look for an error in a text. The engine reports a call at its parenthesis or at the `return` before it,
 * a property at its dot, and has a frame for constructors that nobody wrote; stacks elsewhere say the name, `new`, and
 * nothing.
 */
import type {
  CallExpression,
  Expression,
  ForOfStatement,
  MemberExpression,
  NewExpression,
  Node,
  ReturnStatement,
  Super,
  VariableDeclaration,
} from 'acorn';
import { parseCell } from './parse.js';

/** In UTF-16 units. A longer text takes more than some 100 ms to search: its places stay the engine's. */
const maxSearchedLength = 128 * 1024;

/** All by UTF-16 offset. */
export interface CallSites {
  /** From a place as the engine reports it to the one that is meant. */
  readonly places: ReadonlyMap<number, number>;
  /** Ends of classes without a constructor: where the engine says that their constructor stands. */
  readonly impliedConstructors: ReadonlySet<number>;
}

const none: CallSites = { places: new Map(), impliedConstructors: new Set() };

/** @param text a cell, script or module; of one that does not parse, or is very long, nothing is known */
export function callSitesOf(text: string): CallSites {
  if (text.length > maxSearchedLength) return none;
  const result = parseCell(text);
  if (result.kind === 'refused') return none;
  const search = new Search(text);
  // Not by recursion: a tree may be deeper than the stack.
  const pending: unknown[] = [result.program];
  while (pending.length > 0) {
    const node = pending.pop();
    if (!isNode(node)) continue;
    search.visit(node);
    for (const part of Object.values(node)) {
      if (Array.isArray(part)) for (const item of part) pending.push(item);
      else pending.push(part);
    }
  }
  return search;
}

type KnownNode =
  CallExpression | NewExpression | MemberExpression | ReturnStatement | ForOfStatement | VariableDeclaration;

class Search implements CallSites {
  readonly places = new Map<number, number>();
  readonly impliedConstructors = new Set<number>();

  constructor(private readonly text: string) {}

  visit(unknownNode: Node): void {
    if (isImpliedConstructor(unknownNode)) this.impliedConstructors.add(unknownNode.end - 1);
    const node = unknownNode as KnownNode;
    switch (node.type) {
      case 'CallExpression':
        this.places.set(this.parenthesis(node), this.place(node));
        break;
      case 'NewExpression':
        this.places.set(this.tokenAfter(node.callee), node.start);
        break;
      case 'MemberExpression':
        if (!node.computed) this.places.set(this.tokenAfter(node.object), node.property.start);
        break;
      case 'ReturnStatement':
        // The engine makes the call the last thing of its function.
        if (node.argument?.type === 'CallExpression') this.places.set(node.start, this.place(node.argument));
        break;
      case 'ForOfStatement':
        this.places.set(node.start, node.right.start);
        break;
      case 'VariableDeclaration':
        this.declaration(node);
        break;
      default:
    }
  }

  /** Of a call, its name, or its parenthesis where what is called has none. */
  private place(call: CallExpression): number {
    const { callee } = call;
    const name = callee.type === 'MemberExpression' && !callee.computed ? callee.property : callee;
    return name.type === 'Identifier' || name.type === 'Super' ? name.start : this.parenthesis(call);
  }

  private parenthesis({ callee, optional }: CallExpression): number {
    const next = this.tokenAfter(callee);
    return optional ? skipTrivia(this.text, next + '?.'.length) : next;
  }

  /** A value that cannot be taken apart is reported at the start of the declaration. */
  private declaration({ start, declarations }: VariableDeclaration): void {
    const [first] = declarations;
    if (first?.id.type === 'ArrayPattern' && first.init) this.places.set(start, first.init.start);
    if (first?.id.type === 'ObjectPattern') {
      this.places.set(start, first.id.properties[0]?.start ?? first.id.start);
    }
  }

  private tokenAfter({ end }: Expression | Super): number {
    return skipTrivia(this.text, end);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function isImpliedConstructor(node: Node): boolean {
  if (node.type !== 'ClassBody') return false;
  const { body } = node as Node & { body: readonly { kind?: string }[] };
  return !body.some(({ kind }) => kind === 'constructor');
}

const trivia = /(?:\s|\/\*[^]*?\*\/|\/\/.*)*/y;

/** @returns the offset of the next token */
function skipTrivia(text: string, offset: number): number {
  trivia.lastIndex = offset;
  return offset + (trivia.exec(text)?.[0].length ?? 0);
}
