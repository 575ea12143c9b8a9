/** What rows of every kind are drawn with. */
import { MarkdownString } from 'vscode';
import type { RowAction } from '../ids.js';

/** What `when` clauses of menus find out about a row: its kind, and what can be done with it. */
export function contextValue(kind: string, actions: readonly RowAction[]): string {
  return [kind, ...actions].join(' ');
}

/** Names and values, one below the other. */
export function table(rows: readonly (readonly [string, string])[]): MarkdownString {
  const text = new MarkdownString();
  for (const [name, value] of rows) {
    text.appendMarkdown(`**${name}** `).appendText(value).appendMarkdown('  \n');
  }
  return text;
}

/** A line of a table, for what is there. */
export function lines<T>(
  name: string,
  value: T | undefined,
  show: (value: T) => string,
): (readonly [string, string])[] {
  return value === undefined ? [] : [[name, show(value)]];
}

/** Day and time, as on a clock here. */
export const localTime = (iso: string): string => new Date(iso).toLocaleString();

/** One line, short enough for a row. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
