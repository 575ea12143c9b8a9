/** What commands are made of; extension.ts builds it. */
import type { LogOutputChannel } from 'vscode';
import type { Hosts } from './host/hosts.js';
import type { SessionsOutput } from './output.js';
import type { Reporter } from './reporter.js';
import type { Runner } from './runner.js';
import type { SessionBindings } from './sessions.js';
import type { RowDocuments } from './views/documents.js';
import type { Views } from './views/views.js';

export interface Services {
  readonly log: LogOutputChannel;
  readonly hosts: Hosts;
  readonly sessions: SessionBindings;
  readonly runner: Runner;
  readonly reporter: Reporter;
  readonly output: SessionsOutput;
  readonly views: Views;
  readonly documents: RowDocuments;
}
