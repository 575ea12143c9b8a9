/** Read-only documents of rows: templates and sessions as JSON, executions and events as text. */
import { Disposable, EventEmitter, Uri, window, workspace } from 'vscode';
import type { ExecutionEvent } from '../../shared/models.js';
import { UserError } from '../errors.js';
import { eventText, footerLine, headerLine } from '../execution-text.js';
import type { Host } from '../host/host.js';
import type { HostNews, Hosts } from '../host/hosts.js';
import { documentScheme } from '../ids.js';
import { frameText } from '../places.js';
import type { EventNode, Node, RowNode } from './nodes.js';

type OpenableNode = RowNode | EventNode;
const openable: readonly OpenableNode['kind'][] = ['template', 'session', 'execution', 'event'];

/** What a document's URI says: `vm-system:/execution/ID/report.js.txt?FOLDER`. */
interface Address {
  readonly kind: OpenableNode['kind'];
  readonly id: string;
  /** Of an event. */
  readonly seq: number;
  readonly host: Host;
}

/** An execution's document ends after so many events, and says so. */
const maxEvents = 20_000;

export class RowDocuments {
  readonly #changed = new EventEmitter<Uri>();
  readonly #registrations: Disposable;

  constructor(private readonly hosts: Hosts) {
    this.#registrations = Disposable.from(
      workspace.registerTextDocumentContentProvider(documentScheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) => this.#text(this.#address(uri)),
      }),
      hosts.onDidHear((news) => this.#hear(news)),
    );
  }

  /** Opens a row's document as a preview; the keyboard stays in the view. */
  async open(node: OpenableNode): Promise<void> {
    const document = await workspace.openTextDocument(documentUri(node));
    await window.showTextDocument(document, { preview: true, preserveFocus: true });
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#changed.dispose();
  }

  #address({ path, query }: Uri): Address {
    const [, kind = '', id = '', name = ''] = path.split('/');
    const host = this.hosts.all.find(({ folder }) => folder.uri.toString() === query);
    if (host === undefined) throw new UserError('The folder of this document is not open any more.');
    return { kind: kind as Address['kind'], id, seq: Number.parseInt(name), host };
  }

  async #text({ kind, id, seq, host }: Address): Promise<string> {
    switch (kind) {
      case 'template':
        return json(await host.request('getTemplate', { templateId: id }));
      case 'session':
        return json(await host.request('getSession', { sessionId: id }));
      case 'execution':
        return executionText(host, id);
      case 'event': {
        const page = await host.request('listEvents', { executionId: id, afterSeq: seq - 1, limit: 1 });
        const [event] = page.items;
        if (event === undefined) throw new UserError('This event is not there any more.');
        return json(event);
      }
    }
  }

  /** An open document follows its row. */
  #hear(news: HostNews): void {
    if (!('row' in news)) return;
    for (const { uri } of workspace.textDocuments) {
      if (uri.scheme === documentScheme && uri.path.startsWith(`/${news.kind}/${news.row.id}/`)) {
        this.#changed.fire(uri);
      }
    }
  }
}

/** Whether a row has a document. */
export function isOpenable(node: Node): node is OpenableNode {
  return (openable as readonly string[]).includes(node.kind);
}

function documentUri(node: OpenableNode): Uri {
  return Uri.from({
    scheme: documentScheme,
    path: `/${node.kind}/${documentName(node)}`,
    query: node.host.folder.uri.toString(),
  });
}

function documentName(node: OpenableNode): string {
  switch (node.kind) {
    case 'template':
    case 'session':
      return `${node.row.id}/${node.row.name.replaceAll('/', '-')}.json`;
    case 'execution':
      return `${node.row.id}/${(node.row.path ?? node.row.kind).split('/').at(-1) ?? ''}.txt`;
    case 'event':
      return `${node.parent.row.id}/${node.event.seq} ${node.event.type}.json`;
  }
}

async function executionText(host: Host, executionId: string): Promise<string> {
  const execution = await host.request('getExecution', { executionId });
  const session = await host.request('getSession', { sessionId: execution.sessionId });
  const locate = frameText(host);
  const events = await readEvents(host, executionId);
  return [
    `${headerLine(execution, session.name)}\n`,
    ...events.map((event) => eventText(event, locate)),
    events.length < execution.lastSeq ? `… ${execution.lastSeq - events.length} more events\n` : '',
    `${footerLine(execution)}\n`,
  ].join('');
}

async function readEvents(host: Host, executionId: string): Promise<readonly ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for (;;) {
    const afterSeq = events.at(-1)?.seq ?? 0;
    const page = await host.request('listEvents', { executionId, afterSeq, limit: 1000 });
    events.push(...page.items);
    if (!page.more || events.length >= maxEvents) return events;
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
