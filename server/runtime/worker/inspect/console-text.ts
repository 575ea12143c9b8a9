/** Makes the console event that clients get from what the guest printed. */
import type { ConsolePayload } from '../../../../shared/models.js';
import type { z } from 'zod';
import type { ConsoleMessage } from '../../guest/contract.js';
import { formatArguments } from './format.js';
import { stackLines, type ResolveFrame } from './frames.js';
import type { Node } from './node.js';
import { render, type RenderOptions } from './render.js';
import { renderTable } from './table.js';
import { valueOf } from './value.js';

/** Columns by which each open group indents. */
const groupIndentation = 2;

/** @param resolve finds the user's own files behind the engine's frames */
export function consolePayload(
  message: ConsoleMessage,
  resolve: ResolveFrame,
): z.infer<typeof ConsolePayload> {
  const options = { stackLines: stackLines(resolve) };
  const args = message.level === 'dir' || message.level === 'table' ? message.args.slice(0, 1) : message.args;
  return {
    level: message.level,
    text: indent(messageText(message, options), message.group * groupIndentation),
    args: args.map((arg) => valueOf(arg, options)),
    group: message.group,
  };
}

function messageText(message: ConsoleMessage, options: Required<Pick<RenderOptions, 'stackLines'>>): string {
  const [first, second] = message.args;
  switch (message.level) {
    case 'dir':
      return first === undefined ? '' : render(first, { ...options, ...dirOptions(second) }).text;
    case 'table':
      return (
        (first === undefined ? undefined : renderTable(first, columnNames(second), options)) ??
        formatArguments(message.args.slice(0, 1), options)
      );
    case 'trace': {
      const text = formatArguments(message.args, options);
      const lines = options.stackLines(message.stack ?? '');
      return [text === '' ? 'Trace' : `Trace: ${text}`, ...lines].join('\n');
    }
    default:
      return formatArguments(message.args, options);
  }
}

/** The options of console.dir that change how a value is written; null stands for no limit. */
function dirOptions(options: Node | undefined): RenderOptions {
  if (typeof options !== 'object' || options === null || options.kind !== 'object') return {};
  const given = new Map(options.properties);
  const limits: [option: keyof RenderOptions, value: number | undefined][] = [
    ['depth', limit(given.get('depth'))],
    ['breakLength', limit(given.get('breakLength'))],
    ['maxItems', limit(given.get('maxArrayLength'))],
    ['maxStringLength', limit(given.get('maxStringLength'))],
    ['compact', given.get('compact') === false ? 0 : limit(given.get('compact'))],
  ];
  return {
    ...Object.fromEntries(limits.filter(([, value]) => value !== undefined)),
    sorted: given.get('sorted') === true,
  };
}

function limit(node: Node | undefined): number | undefined {
  if (node === null) return Infinity;
  if (typeof node === 'object' && node.kind === 'number' && node.text === 'Infinity') return Infinity;
  return typeof node === 'number' ? Math.max(0, node) : undefined;
}

function columnNames(columns: Node | undefined): string[] | undefined {
  if (typeof columns !== 'object' || columns === null || columns.kind !== 'array') return undefined;
  return (columns.items ?? []).filter((item) => typeof item === 'string');
}

function indent(text: string, columns: number): string {
  if (columns === 0) return text;
  const indentation = ' '.repeat(columns);
  return indentation + text.replaceAll('\n', `\n${indentation}`);
}
