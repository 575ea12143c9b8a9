/** Makes the Failure that clients get from what the guest threw. */
import type { FailureCode } from '../../../../shared/errors.js';
import type { Failure } from '../../../../shared/models.js';
import { withoutVersions } from '../../module-names.js';
import { frameLine, shownFrames, stackLines, stackWithoutConstructor, type ResolveFrame } from './frames.js';
import { errorHead, errorName } from './labels.js';
import type { ErrorNode, Node } from './node.js';
import { render } from './render.js';
import { valueOf } from './value.js';

/** Of an AggregateError, how many errors its stack names. */
const maxListedErrors = 10;

/** One more than for values: errors of validators say what is wrong in lists of objects with paths. */
const detailsDepth = 3;
/** Of an error's own properties, how much of their text follows its stack, in UTF-16 units. */
const maxDetailsLength = 4000;

/**
 * @param node what was thrown, an error or anything else
 * @param resolve finds the user's own files behind the engine's frames
 * @param code why it was thrown, where the host knows
 */
export function failureOf(node: Node, resolve: ResolveFrame, code?: FailureCode): Failure {
  const failure = isError(node) ? errorFailure(node, resolve, code) : otherFailure(node, resolve);
  return code === undefined ? failure : { ...failure, code };
}

function isError(node: Node): node is ErrorNode {
  return typeof node === 'object' && node !== null && node.kind === 'error';
}

function errorFailure(thrown: ErrorNode, resolve: ResolveFrame, code?: FailureCode): Failure {
  const { stack } = thrown;
  const frames =
    stack === undefined ? [] : shownFrames(stackWithoutConstructor(stack, thrown.class), resolve);
  const node = isLinkError(thrown, frames) ? { ...thrown, message: withoutVersions(thrown.message) } : thrown;
  const cause = ownValue(node, 'cause');
  return {
    name: errorName(node),
    message: node.message,
    stack:
      [errorHead(node), ...frames.map(frameLine), ...listedErrors(node, resolve)].join('\n') +
      detailsOf(node, frames.map(frameLine), code),
    frames: frames.map(({ frame }) => frame),
    ...(cause === undefined || isUntellable(cause) ? {} : { cause: failureOf(cause, resolve) }),
  };
}

/** The engine's own error about an export that is not there stands nowhere, and has its names of modules. */
function isLinkError(node: ErrorNode, frames: readonly unknown[]): boolean {
  return frames.length === 0 && errorName(node) === 'SyntaxError';
}

/**
 * The error's own properties, as Node shows them behind a stack: ` { status: 404 }`; '' when it has none.
 *
 * @param lines of the stack
 * @param told the code that clients are told anyway
 */
function detailsOf(node: ErrorNode, lines: readonly string[], told: FailureCode | undefined): string {
  const properties = node.properties?.filter(
    ([key, value]) => key !== 'cause' && key !== 'errors' && !(key === 'code' && value === told),
  );
  if (properties === undefined || properties.length === 0) return '';
  const { cause: _cause, errors: _errors, ...bare } = node;
  const { text } = render({ ...bare, properties }, { stackLines: () => lines, depth: detailsDepth });
  // What stands before the properties: without a stack, the head is in brackets.
  const head = errorHead(node);
  const before = lines.length === 0 ? `[${head}]` : [head, ...lines].join('\n');
  const details = text.slice(text.indexOf(before) + before.length);
  const hidden = details.length - maxDetailsLength;
  return hidden > 0 ? `${details.slice(0, maxDetailsLength)}... ${hidden} more characters` : details;
}

/** Whether the constructor made the property or the guest assigned it does not matter to the reader. */
function ownValue(node: ErrorNode, key: 'cause' | 'errors'): Node | undefined {
  return node[key] ?? node.properties?.find(([name]) => name === key)?.[1];
}

function isUntellable(node: Node): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return node.kind === 'undefined' || node.kind === 'circular' || node.kind === 'accessor';
}

/** The errors of an AggregateError, by their heads. */
function listedErrors(node: ErrorNode, resolve: ResolveFrame): string[] {
  const errors = ownValue(node, 'errors');
  if (typeof errors !== 'object' || errors === null || errors.kind !== 'array') return [];
  const items = errors.items ?? [];
  const lines = items.slice(0, maxListedErrors).map((item, i) => {
    if (typeof item === 'object' && item !== null && item.kind === 'hole') return `  [errors][${i}] (empty)`;
    return `  [errors][${i}] ${isError(item) ? errorHead(item) : previewOf(item, resolve)}`;
  });
  const hidden = errors.length - lines.length;
  if (hidden > 0) lines.push(`  ... ${hidden} more errors`);
  return lines;
}

function previewOf(node: Node, resolve: ResolveFrame): string {
  return valueOf(node, { stackLines: stackLines(resolve) }).preview;
}

/** JavaScript can throw anything; only errors know where they come from. */
function otherFailure(node: Node, resolve: ResolveFrame): Failure {
  const { type, preview } = valueOf(node, { stackLines: stackLines(resolve) });
  return { name: type, message: preview, stack: `Uncaught ${preview}`, frames: [] };
}
