import { randomUUID } from 'node:crypto';
import { notFound, VmError } from '../../shared/errors.js';
import {
  type Capability,
  defaultSettings,
  defaultTemplateLimits,
  defaultTemplateName,
  type StartupFile,
  type Template,
} from '../../shared/models.js';
import type {
  addCapability,
  addStartupFile,
  createTemplate,
  duplicateTemplate,
  listTemplates,
  ParamsOf,
  removeCapability,
  ResultOf,
  TemplateDetail,
  updateCapability,
  updateStartupFile,
  updateTemplate,
} from '../../shared/protocol.js';
import { requireConfig, requireModule, requireName } from './catalog/index.js';
import { isSameLibrary, requireLibrary } from './catalog/libraries.js';
import { type CoreContext, now } from './context.js';
import type { Narrowing } from './narrowing.js';
import type { TemplateSnapshot, TemplateStore } from './ports.js';
import { defined, mergeSettings, newTemplate, requireEngine, requireStartupMode } from './template-fields.js';
import { parseWorktreePath } from './worktree-path.js';

type ByTemplate = Readonly<{ templateId: string }>;
type ByName = ByTemplate & Readonly<{ name: string }>;
type ByPath = ByTemplate & Readonly<{ path: string }>;

/** Templates with their capabilities and startup files. Every method raises `TEMPLATE_NOT_FOUND` for an unknown id. */
export class TemplateService {
  constructor(
    private readonly core: CoreContext,
    private readonly narrowing: Narrowing,
  ) {}

  /** Makes the built-in template if it is not there: on a new database, or after it was deleted. */
  ensureDefault(): void {
    if (this.core.store.templates.findByName(defaultTemplateName) !== undefined) return;
    this.core.store.templates.insert(
      newTemplate({
        name: defaultTemplateName,
        description: 'For people at a prompt: generous limits, no grants.',
        engine: 'quickjs',
        settings: { ...defaultSettings, limits: defaultTemplateLimits },
      }),
    );
  }

  /** @throws `TEMPLATE_NAME_TAKEN`, `ENGINE_UNSUPPORTED` */
  create({ settings, engine, ...params }: ParamsOf<typeof createTemplate>): Template {
    this.#requireFreeName(params.name);
    const template = newTemplate({
      ...params,
      engine: requireEngine(engine),
      settings: mergeSettings(defaultSettings, settings),
    });
    this.core.store.templates.insert(template);
    return this.#announce(template);
  }

  list(params: ParamsOf<typeof listTemplates>): ResultOf<typeof listTemplates> {
    return this.core.store.templates.list(params);
  }

  get({ templateId }: ByTemplate): TemplateDetail {
    return {
      template: this.#require(templateId),
      capabilities: this.core.store.templates.capabilities(templateId),
      startupFiles: this.core.store.templates.startupFiles(templateId),
    };
  }

  /** Live sessions keep what they were made with. @throws `TEMPLATE_NAME_TAKEN` */
  update({ templateId, settings, ...fields }: ParamsOf<typeof updateTemplate>): Template {
    const template = this.#require(templateId);
    if (fields.name !== undefined && fields.name !== template.name) this.#requireFreeName(fields.name);
    return this.#save({
      ...template,
      ...defined(fields),
      settings: mergeSettings(template.settings, settings),
    });
  }

  /** Sessions keep their history. @throws `TEMPLATE_IN_USE` while one of them is starting, ready or hibernated */
  delete({ templateId }: ByTemplate): Template {
    const template = this.#require(templateId);
    const users = this.core.store.sessions
      .inStatus('starting', 'ready', 'hibernated')
      .filter((session) => session.templateId === templateId);
    if (users.length > 0) {
      throw new VmError(
        'TEMPLATE_IN_USE',
        `${users.length} session${users.length === 1 ? '' : 's'} of template ${template.name} can still run; close them first.`,
        { sessionIds: users.map((session) => session.id) },
      );
    }
    this.core.store.templates.delete(templateId);
    this.core.changes.emit({ kind: 'template', template, removed: true });
    return template;
  }

  /** Copies settings, libraries, capabilities and startup files under a new name. @throws `TEMPLATE_NAME_TAKEN` */
  duplicate({ templateId, name }: ParamsOf<typeof duplicateTemplate>): Template {
    const { template, capabilities, startupFiles } = this.get({ templateId });
    this.#requireFreeName(name);
    const copy = { ...newTemplate({ ...template, name }), libraries: template.libraries };
    const { templates } = this.core.store;
    this.core.store.transaction(() => {
      templates.insert(copy);
      for (const each of capabilities) {
        templates.putCapability({ ...each, id: randomUUID(), templateId: copy.id });
      }
      for (const each of startupFiles) {
        templates.putStartupFile({ ...each, id: randomUUID(), templateId: copy.id });
      }
    });
    return this.#announce(this.#require(copy.id));
  }

  /** Grants a native module; nothing changes when it is granted already. @throws `MODULE_NOT_ALLOWED` */
  addModule({ templateId, name }: ByName): Template {
    const template = this.#require(templateId);
    const module = requireModule(name);
    if (template.modules.includes(module)) return template;
    this.#putCapability({
      ...(this.#capability(templateId, 'module', module) ?? { id: randomUUID() }),
      templateId,
      kind: 'module',
      name: module,
      effect: 'allow',
      enabled: true,
      config: {},
    });
    return this.#require(templateId);
  }

  /** Takes a native module away; nothing changes when it is not granted. @throws `MODULE_NOT_ALLOWED` */
  removeModule({ templateId, name }: ByName): Template {
    this.#require(templateId);
    const capability = this.#capability(templateId, 'module', requireModule(name));
    if (capability !== undefined) this.#deleteCapability(capability);
    return this.#require(templateId);
  }

  /** A reference with a version replaces one without, and the other way about. @throws `LIBRARY_NOT_FOUND` */
  addLibrary({ templateId, name }: ByName): Template {
    const template = this.#require(templateId);
    const { reference } = requireLibrary(name);
    if (template.libraries.includes(reference)) return template;
    const others = template.libraries.filter((each) => !isSameLibrary(each, reference));
    return this.#save({ ...template, libraries: [...others, reference] });
  }

  /** Also a version that the catalogue has no more can be taken out. @throws `LIBRARY_NOT_FOUND` */
  removeLibrary({ templateId, name }: ByName): Template {
    const template = this.#require(templateId);
    const rest = template.libraries.filter((each) => !isSameLibrary(each, name));
    if (rest.length < template.libraries.length) return this.#save({ ...template, libraries: rest });
    requireLibrary(name);
    return template;
  }

  /** @throws `DUPLICATE`, `MODULE_NOT_ALLOWED`, `CAPABILITY_INVALID` */
  addCapability(params: ParamsOf<typeof addCapability>): Capability {
    this.#require(params.templateId);
    const { kind, templateId } = params;
    const name = requireName(kind, params.name);
    if (this.#capability(templateId, kind, name) !== undefined) {
      throw new VmError('DUPLICATE', `The template has ${kind}:${name} already; update it instead.`);
    }
    return this.#putCapability({
      ...params,
      id: randomUUID(),
      name,
      config: requireConfig(kind, params.config),
    });
  }

  /** @throws `CAPABILITY_NOT_FOUND`, `CAPABILITY_INVALID` */
  updateCapability({ config, ...params }: ParamsOf<typeof updateCapability>): Capability {
    const capability = this.#requireCapability(params);
    return this.#putCapability({
      ...capability,
      ...defined(params),
      config: config === undefined ? capability.config : requireConfig(capability.kind, config),
    });
  }

  /** @throws `CAPABILITY_NOT_FOUND` */
  removeCapability(params: ParamsOf<typeof removeCapability>): Capability {
    const capability = this.#requireCapability(params);
    this.#deleteCapability(capability);
    return capability;
  }

  listCapabilities({ templateId }: ByTemplate): { items: Capability[] } {
    this.#require(templateId);
    return { items: this.core.store.templates.capabilities(templateId) };
  }

  /** Whether the file exists is checked when a session starts. @throws `INVALID_PATH`, `DUPLICATE`, `STARTUP_MODE_UNSUPPORTED` */
  addStartupFile({ templateId, orderIndex, ...params }: ParamsOf<typeof addStartupFile>): StartupFile {
    this.#require(templateId);
    const path = parseWorktreePath(params.path);
    if (this.#startupFile(templateId, path) !== undefined) {
      throw new VmError('DUPLICATE', `The template has the startup file ${path} already; update it instead.`);
    }
    return this.#putStartupFile({
      id: randomUUID(),
      templateId,
      path,
      orderIndex,
      mode: requireStartupMode(params.mode),
    });
  }

  /** @throws `INVALID_PATH`, `STARTUP_FILE_NOT_FOUND`, `STARTUP_MODE_UNSUPPORTED` */
  updateStartupFile({ orderIndex, mode, ...params }: ParamsOf<typeof updateStartupFile>): StartupFile {
    const file = this.#requireStartupFile(params);
    return this.#putStartupFile({
      ...file,
      orderIndex: orderIndex ?? file.orderIndex,
      mode: mode === undefined ? file.mode : requireStartupMode(mode),
    });
  }

  /** @throws `INVALID_PATH`, `STARTUP_FILE_NOT_FOUND` */
  removeStartupFile(params: ByPath): StartupFile {
    const file = this.#requireStartupFile(params);
    this.#change(file, (templates) => templates.deleteStartupFile(file.id));
    return file;
  }

  listStartupFiles({ templateId }: ByTemplate): { items: StartupFile[] } {
    this.#require(templateId);
    return { items: this.core.store.templates.startupFiles(templateId) };
  }

  /** The template a session is made from. @param templateId none for the `default` template */
  forSession(templateId: string | undefined): Template {
    const template =
      templateId === undefined
        ? this.core.store.templates.findByName(defaultTemplateName)
        : this.find(templateId);
    if (template === undefined) throw notFound('TEMPLATE_NOT_FOUND', templateId ?? defaultTemplateName);
    return template;
  }

  /** The template that a person named by its name or id. */
  named(nameOrId: string): Template {
    const template = this.core.store.templates.findByName(nameOrId) ?? this.find(nameOrId);
    if (template === undefined) throw notFound('TEMPLATE_NOT_FOUND', nameOrId);
    return template;
  }

  find(templateId: string): Template | undefined {
    return this.core.store.templates.get(templateId);
  }

  /** What a session keeps of the template, whatever becomes of it later. */
  snapshot({ id, name, engine, settings, libraries }: Template): TemplateSnapshot {
    const { capabilities, startupFiles } = this.get({ templateId: id });
    return { name, engine, settings, libraries, capabilities, startupFiles };
  }

  #require(templateId: string): Template {
    const template = this.find(templateId);
    if (template === undefined) throw notFound('TEMPLATE_NOT_FOUND', templateId);
    return template;
  }

  #requireFreeName(name: string): void {
    if (this.core.store.templates.findByName(name) !== undefined) {
      throw new VmError('TEMPLATE_NAME_TAKEN', `There is a template ${name} already; choose another name.`);
    }
  }

  #capability(templateId: string, kind: Capability['kind'], name: string): Capability | undefined {
    return this.core.store.templates
      .capabilities(templateId)
      .find((each) => each.kind === kind && each.name === name);
  }

  #requireCapability({
    templateId,
    kind,
    name,
  }: Pick<Capability, 'templateId' | 'kind' | 'name'>): Capability {
    this.#require(templateId);
    const capability = this.#capability(templateId, kind, name);
    if (capability === undefined) throw notFound('CAPABILITY_NOT_FOUND', `${kind}:${name}`);
    return capability;
  }

  #putCapability(capability: Capability): Capability {
    this.#changeGrants(capability, (templates) => templates.putCapability(capability));
    return capability;
  }

  #deleteCapability(capability: Capability): void {
    this.#changeGrants(capability, (templates) => templates.deleteCapability(capability.id));
  }

  /** What is taken away is taken from the template's sessions in the same commit, and from live guests at once. */
  #changeGrants({ templateId }: ByTemplate, work: (templates: TemplateStore) => void): void {
    let narrowGuests = (): void => undefined;
    this.#change({ templateId }, (templates) => {
      work(templates);
      narrowGuests = this.narrowing.write(templateId, templates.capabilities(templateId));
    });
    narrowGuests();
  }

  #startupFile(templateId: string, path: string): StartupFile | undefined {
    return this.core.store.templates.startupFiles(templateId).find((file) => file.path === path);
  }

  #requireStartupFile({ templateId, path }: ByPath): StartupFile {
    this.#require(templateId);
    const file = this.#startupFile(templateId, parseWorktreePath(path));
    if (file === undefined) throw notFound('STARTUP_FILE_NOT_FOUND', path);
    return file;
  }

  #putStartupFile(file: StartupFile): StartupFile {
    this.#change(file, (templates) => templates.putStartupFile(file));
    return file;
  }

  /** Changes what belongs to a template, and with it the template's row, in one commit. */
  #change({ templateId }: ByTemplate, work: (templates: TemplateStore) => void): void {
    const { templates } = this.core.store;
    const changed = this.core.store.transaction(() => {
      work(templates);
      const template = { ...this.#require(templateId), updatedAt: now() };
      templates.update(template);
      return template;
    });
    this.#announce(changed);
  }

  #save(template: Template): Template {
    const saved = { ...template, updatedAt: now() };
    this.core.store.templates.update(saved);
    return this.#announce(saved);
  }

  #announce(template: Template): Template {
    this.core.changes.emit({ kind: 'template', template });
    return template;
  }
}
