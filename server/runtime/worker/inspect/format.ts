/** The formatter of the console standard: `%s %d %i %f %j %o %O %c %%` in a first argument that is a string. */
import { toJson } from './json.js';
import type { Node } from './node.js';
import { numberText } from './primitives.js';
import { render, type RenderOptions } from './render.js';

/** How deep `%o` looks; node's is the same. */
const detailDepth = 4;

/** @returns the arguments as one text: strings as they are, other values as node shows them */
export function formatArguments(args: readonly Node[], options: RenderOptions): string {
  const [first, ...rest] = args;
  if (first === undefined) return '';
  if (typeof first !== 'string' || rest.length === 0 || !first.includes('%')) {
    return args.map((arg) => plainText(arg, options)).join(' ');
  }
  let next = 0;
  const text = first.replace(/%([sdifjoOc%])/g, (specifier: string, letter: string) => {
    if (letter === '%') return '%';
    const arg = rest[next];
    if (arg === undefined) return specifier;
    next++;
    return convert(letter, arg, options);
  });
  return [text, ...rest.slice(next).map((arg) => plainText(arg, options))].join(' ');
}

/** A string as it is, anything else as node shows it. */
function plainText(node: Node, options: RenderOptions): string {
  if (typeof node === 'string') return node;
  if (typeof node === 'object' && node?.kind === 'string') {
    return `${node.text}... ${node.length - node.text.length} more characters`;
  }
  return render(node, options).text;
}

function convert(letter: string, arg: Node, options: RenderOptions): string {
  switch (letter) {
    case 's':
      return plainText(arg, { ...options, depth: 0 });
    case 'd':
      return isBigInt(arg) ? render(arg).text : numberText(Number(numeric(arg)));
    case 'i':
      return isBigInt(arg) ? render(arg).text : numberText(Number.parseInt(digits(arg), 10));
    case 'f':
      return numberText(Number.parseFloat(digits(arg)));
    case 'j': {
      const json = toJson(arg);
      return json.kind === 'exact' ? JSON.stringify(json.value) : render(arg, options).text;
    }
    case 'o':
      return render(arg, { ...options, depth: detailDepth }).text;
    case 'O':
      return render(arg, options).text;
    default:
      return ''; // %c styles text in a browser; here it only takes its argument
  }
}

function isBigInt(node: Node): boolean {
  return typeof node === 'object' && node !== null && node.kind === 'bigint';
}

/** What is parsed for a number: the text of a string or number only. */
function digits(node: Node): string {
  if (typeof node === 'boolean' || node === null) return String(node);
  return typeof node === 'object' && node.kind === 'date' ? 'NaN' : numeric(node);
}

/** What a number is read from. To ask an object for its number would run its code, so most are NaN. */
function numeric(node: Node): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  if (typeof node === 'boolean') return node ? '1' : '0';
  if (node === null) return '0';
  switch (node.kind) {
    case 'number':
    case 'bigint':
    case 'string':
      return node.text;
    case 'date':
      return String(Date.parse(node.text));
    case 'boxed':
      return numeric(node.value);
    default:
      return 'NaN';
  }
}
