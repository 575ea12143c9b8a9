/** `vm/catalog/*` */
import * as protocol from '../../shared/protocol.js';
import type { CoreApi } from './core-api.js';
import type { Dispatcher } from './dispatch.js';

export function serveCatalog(dispatcher: Dispatcher, core: Pick<CoreApi, 'catalog'>): void {
  dispatcher.handle(protocol.catalogModules, () => core.catalog.modules());
  dispatcher.handle(protocol.catalogLibraries, () => core.catalog.libraries());
  dispatcher.handle(protocol.catalogCapabilities, () => core.catalog.capabilities());
}
