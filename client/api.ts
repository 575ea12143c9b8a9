/** What `activate` gives to whoever asks for the extension's exports: tests inside the editor, and nobody else yet. */
import type { Event } from 'vscode';
import type { Hosts } from './host/hosts.js';
import type { Report } from './reporter.js';
import type { SessionBindings } from './sessions.js';
import type { Views } from './views/views.js';

export interface ExtensionApi {
  readonly hosts: Hosts;
  readonly sessions: SessionBindings;
  readonly views: Views;
  /** An error was shown to the person. */
  readonly onDidReport: Event<Report>;
  /** Text was added to the sessions channel, which the editor's own API cannot read back. */
  readonly onDidWrite: Event<string>;
}
