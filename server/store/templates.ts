import type { Capability, StartupFile, Template } from '../../shared/models.js';
import { notFound } from '../../shared/errors.js';
import type { Page, PageRequest, TemplateStore } from '../core/ports.js';
import type { Database } from './database.js';
import { readPage } from './paging.js';
import { integer, json, milliseconds, type Row, text, time } from './row.js';

/** The modules that a template allows to import: a view of its capabilities. */
const modules = `(
  SELECT json_group_array(name ORDER BY key) FROM capability
  WHERE template_id = t.id AND kind = 'module' AND effect = 'allow' AND enabled = 1
) AS modules`;

/** Templates with their capabilities and startup files. */
export class TemplateTable implements TemplateStore {
  constructor(private readonly database: Database) {}

  insert(template: Template): void {
    this.database.run(
      `INSERT INTO template (name, description, engine, is_active, libraries, settings, updated_at, created_at, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [...changing(template), milliseconds(template.createdAt), template.id],
    );
  }

  /** @throws `TEMPLATE_NOT_FOUND` */
  update(template: Template): void {
    const changed = this.database.run(
      `UPDATE template
       SET name = ?, description = ?, engine = ?, is_active = ?, libraries = ?, settings = ?, updated_at = ?
       WHERE id = ?`,
      [...changing(template), template.id],
    );
    if (changed === 0) throw notFound('TEMPLATE_NOT_FOUND', template.id);
  }

  delete(id: string): void {
    this.database.run('DELETE FROM template WHERE id = ?', [id]);
  }

  get(id: string): Template | undefined {
    const row = this.database.get(`SELECT t.*, ${modules} FROM template AS t WHERE id = ?`, [id]);
    return row && toTemplate(row);
  }

  findByName(name: string): Template | undefined {
    const row = this.database.get(`SELECT t.*, ${modules} FROM template AS t WHERE name = ?`, [name]);
    return row && toTemplate(row);
  }

  list(page: PageRequest): Page<Template> {
    return readPage(this.database, { table: 'template', more: `, ${modules}`, where: [] }, page, toTemplate);
  }

  capabilities(templateId: string): Capability[] {
    const sql = 'SELECT * FROM capability WHERE template_id = ? ORDER BY key';
    return this.database.all(sql, [templateId]).map(toCapability);
  }

  putCapability(capability: Capability): void {
    const { id, templateId, kind, name, effect, enabled, config } = capability;
    this.database.run(
      `INSERT INTO capability (id, template_id, kind, name, effect, enabled, config) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         kind = excluded.kind, name = excluded.name, effect = excluded.effect, enabled = excluded.enabled,
         config = excluded.config`,
      [id, templateId, kind, name, effect, Number(enabled), JSON.stringify(config)],
    );
  }

  deleteCapability(id: string): void {
    this.database.run('DELETE FROM capability WHERE id = ?', [id]);
  }

  startupFiles(templateId: string): StartupFile[] {
    const sql = 'SELECT * FROM startup_file WHERE template_id = ? ORDER BY order_index, key';
    return this.database.all(sql, [templateId]).map(toStartupFile);
  }

  putStartupFile({ id, templateId, path, orderIndex, mode }: StartupFile): void {
    this.database.run(
      `INSERT INTO startup_file (id, template_id, path, order_index, mode) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         path = excluded.path, order_index = excluded.order_index, mode = excluded.mode`,
      [id, templateId, path, orderIndex, mode],
    );
  }

  deleteStartupFile(id: string): void {
    this.database.run('DELETE FROM startup_file WHERE id = ?', [id]);
  }
}

function changing(template: Template) {
  const { name, description, engine, isActive, libraries, settings, updatedAt } = template;
  return [
    name,
    description,
    engine,
    Number(isActive),
    JSON.stringify(libraries),
    JSON.stringify(settings),
    milliseconds(updatedAt),
  ];
}

function toTemplate(row: Row): Template {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    description: text(row, 'description'),
    engine: text(row, 'engine') as Template['engine'],
    isActive: integer(row, 'is_active') === 1,
    modules: json(row, 'modules') as string[],
    libraries: json(row, 'libraries') as string[],
    settings: json(row, 'settings') as Template['settings'],
    createdAt: time(row, 'created_at'),
    updatedAt: time(row, 'updated_at'),
  };
}

function toCapability(row: Row): Capability {
  return {
    id: text(row, 'id'),
    templateId: text(row, 'template_id'),
    kind: text(row, 'kind') as Capability['kind'],
    name: text(row, 'name'),
    effect: text(row, 'effect') as Capability['effect'],
    enabled: integer(row, 'enabled') === 1,
    config: json(row, 'config') as Capability['config'],
  };
}

function toStartupFile(row: Row): StartupFile {
  return {
    id: text(row, 'id'),
    templateId: text(row, 'template_id'),
    path: text(row, 'path'),
    orderIndex: integer(row, 'order_index'),
    mode: text(row, 'mode') as StartupFile['mode'],
  };
}
