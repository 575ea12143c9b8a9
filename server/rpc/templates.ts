/** `vm/templates/*` */
import * as protocol from '../../shared/protocol.js';
import type { CoreApi } from './core-api.js';
import type { Dispatcher } from './dispatch.js';

export function serveTemplates(dispatcher: Dispatcher, core: Pick<CoreApi, 'templates'>): void {
  dispatcher.handle(protocol.createTemplate, (params) => core.templates.create(params));
  dispatcher.handle(protocol.listTemplates, (params) => core.templates.list(params));
  dispatcher.handle(protocol.getTemplate, (params) => core.templates.get(params));
  dispatcher.handle(protocol.updateTemplate, (params) => core.templates.update(params));
  dispatcher.handle(protocol.deleteTemplate, (params) => core.templates.delete(params));
  dispatcher.handle(protocol.duplicateTemplate, (params) => core.templates.duplicate(params));

  dispatcher.handle(protocol.addModule, (params) => core.templates.addModule(params));
  dispatcher.handle(protocol.removeModule, (params) => core.templates.removeModule(params));
  dispatcher.handle(protocol.addLibrary, (params) => core.templates.addLibrary(params));
  dispatcher.handle(protocol.removeLibrary, (params) => core.templates.removeLibrary(params));

  dispatcher.handle(protocol.addCapability, (params) => core.templates.addCapability(params));
  dispatcher.handle(protocol.updateCapability, (params) => core.templates.updateCapability(params));
  dispatcher.handle(protocol.removeCapability, (params) => core.templates.removeCapability(params));
  dispatcher.handle(protocol.listCapabilities, (params) => core.templates.listCapabilities(params));

  dispatcher.handle(protocol.addStartupFile, (params) => core.templates.addStartupFile(params));
  dispatcher.handle(protocol.updateStartupFile, (params) => core.templates.updateStartupFile(params));
  dispatcher.handle(protocol.removeStartupFile, (params) => core.templates.removeStartupFile(params));
  dispatcher.handle(protocol.listStartupFiles, (params) => core.templates.listStartupFiles(params));
}
