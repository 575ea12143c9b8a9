import type { Capability, StartupFile, Template } from '../../shared/models.js';
import { notFound } from '../../shared/errors.js';
import type { Page, PageRequest, TemplateStore } from '../core/ports.js';
import type { Database } from './database.js';
import { readPage } from './paging.js';
import { grantParts, grantRows, signGrants } from './marks.js';
import { blob, integer, json, milliseconds, type Row, text, time } from './row.js';
import type { DatabaseSeal } from './seal.js';

/**
 * Templates with their capabilities and startup files. Of a template whose capabilities were changed by another hand,
 * none counts: which of them said what is not known then, and one that denied may be gone.
 */
export class TemplateTable implements TemplateStore {
  /** By template, what was verified under which mark: only we write to the database, and sign what we write. */
  readonly #verified = new Map<string, { readonly mark: Buffer; readonly grants: readonly Capability[] }>();
  /** Templates that a warning was given about. */
  readonly #reported = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly seal: DatabaseSeal,
    private readonly warn: (message: string) => void,
  ) {}

  insert(template: Template): void {
    this.database.run(
      `INSERT INTO template (
         name, description, engine, is_active, libraries, settings, updated_at, created_at, grants_mark, id
       ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        ...changing(template),
        milliseconds(template.createdAt),
        this.seal.sign('grants', grantParts(template.id, [])),
        template.id,
      ],
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
    this.#verified.delete(id);
  }

  get(id: string): Template | undefined {
    const row = this.database.get('SELECT * FROM template WHERE id = ?', [id]);
    return row && this.#template(row);
  }

  findByName(name: string): Template | undefined {
    const row = this.database.get('SELECT * FROM template WHERE name = ?', [name]);
    return row && this.#template(row);
  }

  list(page: PageRequest): Page<Template> {
    return readPage(this.database, { table: 'template', where: [] }, page, (row) => this.#template(row));
  }

  capabilities(templateId: string): Capability[] {
    const template = this.database.get('SELECT id, grants_mark FROM template WHERE id = ?', [templateId]);
    return template === undefined ? [] : this.#grants(template);
  }

  putCapability(capability: Capability): void {
    const { id, templateId, kind, name, effect, enabled, config } = capability;
    this.#changeGrants(templateId, () =>
      this.database.run(
        `INSERT INTO capability (id, template_id, kind, name, effect, enabled, config) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
           kind = excluded.kind, name = excluded.name, effect = excluded.effect, enabled = excluded.enabled,
           config = excluded.config`,
        [id, templateId, kind, name, effect, Number(enabled), JSON.stringify(config)],
      ),
    );
  }

  deleteCapability(id: string): void {
    const row = this.database.get('SELECT template_id FROM capability WHERE id = ?', [id]);
    if (row === undefined) return;
    this.#changeGrants(text(row, 'template_id'), () =>
      this.database.run('DELETE FROM capability WHERE id = ?', [id]),
    );
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

  /** @param row of a template @returns its capabilities, none of which counts unless all of them are ours */
  #grants(row: Row): Capability[] {
    const id = text(row, 'id');
    const mark = Buffer.from(blob(row, 'grants_mark'));
    const verified = this.#verified.get(id);
    if (verified?.mark.equals(mark) === true) return [...verified.grants];
    const rows = grantRows(this.database, id);
    if (this.seal.verify(mark, 'grants', grantParts(id, rows))) {
      const grants = rows.map(toCapability);
      this.#verified.set(id, { mark, grants });
      return [...grants];
    }
    if (!this.#reported.has(id)) {
      this.#reported.add(id);
      this.warn(
        `The capabilities of template ${id} were changed outside of vm-system; none of them counts any more. Add them again.`,
      );
    }
    return [];
  }

  /** What does not count is gone with the first change: signing it would make it count. */
  #changeGrants(templateId: string, change: () => void): void {
    this.database.transaction(() => {
      if (this.capabilities(templateId).length === 0) {
        this.database.run('DELETE FROM capability WHERE template_id = ?', [templateId]);
      }
      change();
      signGrants(this.database, this.seal, templateId);
    });
  }

  #template(row: Row): Template {
    // A view of the capabilities: what a template allows to import.
    const modules = this.#grants(row)
      .filter(({ kind, effect, enabled }) => kind === 'module' && effect === 'allow' && enabled)
      .map(({ name }) => name);
    return {
      id: text(row, 'id'),
      name: text(row, 'name'),
      description: text(row, 'description'),
      engine: text(row, 'engine') as Template['engine'],
      isActive: integer(row, 'is_active') === 1,
      modules,
      libraries: json(row, 'libraries') as string[],
      settings: json(row, 'settings') as Template['settings'],
      createdAt: time(row, 'created_at'),
      updatedAt: time(row, 'updated_at'),
    };
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
