/** `vm/sessions/variables` and `vm/sessions/complete` */
import * as protocol from '../../shared/protocol.js';
import type { CoreApi } from './core-api.js';
import type { Dispatcher } from './dispatch.js';

export function serveInspection(dispatcher: Dispatcher, core: Pick<CoreApi, 'inspection'>): void {
  dispatcher.handle(protocol.listVariables, (params) => core.inspection.variables(params));
  dispatcher.handle(protocol.complete, (params) => core.inspection.complete(params));
}
