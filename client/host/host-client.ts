/**
 * The language client of one run of the host. It is made anew for each run, so it never restarts, and it shows no
 * messages of its own: what a person is told is decided in one place.
 */
import type { LogOutputChannel, WorkspaceFolder } from 'vscode';
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn } from 'vscode-languageclient/node';
import type { InitializationOptions } from '../../shared/protocol.js';
import { protocolRange } from '../messages.js';
import type { HostProcess } from './host-process.js';

export interface HostClientOptions {
  readonly folder: WorkspaceFolder;
  readonly process: HostProcess;
  readonly log: LogOutputChannel;
  readonly initializationOptions: InitializationOptions;
  /** The connection went without {@link LanguageClient.stop}. */
  readonly onClosed: () => void;
}

export class HostClient extends LanguageClient {
  constructor({ folder, process, log, initializationOptions, onClosed }: HostClientOptions) {
    super('vmSystem', 'VM System', () => Promise.resolve(process.child), {
      // No documents: what the extension does with them goes through vm/ requests.
      documentSelector: [],
      workspaceFolder: folder,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          onClosed();
          return { action: CloseAction.DoNotRestart, handled: true, message: 'The host is gone.' };
        },
      },
      // The host sends its log over the connection too; stderr is kept by its process, to explain an early end.
      stdioOptions: { stdout: () => undefined, stderr: () => undefined },
    });
    this.registerFeature({
      fillClientCapabilities(capabilities) {
        const others: unknown = capabilities.experimental;
        capabilities.experimental = {
          ...(typeof others === 'object' && others !== null ? others : {}),
          vmSystem: { protocol: protocolRange, features: [] },
        };
      },
      initialize: () => undefined,
      getState: () => ({ kind: 'static' }),
      clear: () => undefined,
    });
  }

  /** To the log only, also where the library would force a pop-up. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}
