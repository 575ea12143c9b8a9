/** `vm/health`, `vm/runtime/summary` and `vm/setTrust`: the host as a whole. */
import * as protocol from '../../shared/protocol.js';
import type { CoreApi } from './core-api.js';
import type { Dispatcher } from './dispatch.js';

export function serveHost(
  dispatcher: Dispatcher,
  core: Pick<CoreApi, 'health' | 'summary' | 'setTrust'>,
): void {
  dispatcher.handle(protocol.health, () => core.health());
  dispatcher.handle(protocol.runtimeSummary, () => core.summary());
  dispatcher.on(protocol.setTrust, ({ trusted }) => core.setTrust(trusted ? 'trusted' : 'untrusted'));
}
