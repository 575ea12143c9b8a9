import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Capability, StartupFile } from '../../../shared/models.js';
import { at, code, session, template, useStore } from './support.js';

function capability(templateId: string, fields: Partial<Capability> = {}): Capability {
  return {
    id: randomUUID(),
    templateId,
    kind: 'module',
    name: 'fs',
    effect: 'allow',
    enabled: true,
    config: {},
    ...fields,
  };
}

function startupFile(templateId: string, path: string, orderIndex: number): StartupFile {
  return { id: randomUUID(), templateId, path, orderIndex, mode: 'eval' };
}

describe('templates in the store', () => {
  const use = useStore();

  it('come back as they were put in, also after the database was closed', async () => {
    const row = template({
      name: 'Größe "quoted"; -- \u0000 🦄',
      description: 'two\nlines',
      isActive: false,
      libraries: ['lodash@4'],
      createdAt: '2026-01-02T03:04:05.678Z',
    });
    const store = await use.open();
    store.templates.insert(row);
    assert.deepEqual(store.templates.get(row.id), row);
    store.close();
    const again = await use.open();
    assert.deepEqual(again.templates.get(row.id), row);
    assert.deepEqual(again.templates.findByName(row.name), row);
    assert.equal(again.templates.findByName('another'), undefined);
  });

  it('are changed by update, all but the time of their creation', async () => {
    const { templates } = await use.open();
    const row = template();
    templates.insert(row);
    const changed = { ...row, name: 'new name', isActive: false, updatedAt: at(9) };
    templates.update(changed);
    assert.deepEqual(templates.get(row.id), changed);
  });

  it('cannot be updated once they are gone', async () => {
    const { templates } = await use.open();
    assert.throws(() => templates.update(template()), code('TEMPLATE_NOT_FOUND'));
  });

  it('show the modules that enabled capabilities allow, in the order they were added', async () => {
    const { templates } = await use.open();
    const row = template();
    templates.insert(row);
    templates.putCapability(capability(row.id, { name: 'path' }));
    templates.putCapability(capability(row.id, { name: 'fs' }));
    templates.putCapability(capability(row.id, { name: 'net', effect: 'deny' }));
    templates.putCapability(capability(row.id, { name: 'os', enabled: false }));
    templates.putCapability(capability(row.id, { name: 'HOME', kind: 'env' }));
    assert.deepEqual(templates.get(row.id)?.modules, ['path', 'fs']);
    assert.deepEqual(templates.list({ limit: 10 }).items[0]?.modules, ['path', 'fs']);
  });

  it('have capabilities that can be added, changed and removed', async () => {
    const { templates } = await use.open();
    const row = template();
    templates.insert(row);
    const first = capability(row.id, { config: { roots: ['.'], deep: { list: [1, null] } } });
    const second = capability(row.id, { name: 'path' });
    templates.putCapability(first);
    templates.putCapability(second);
    templates.putCapability({ ...first, effect: 'deny' });
    assert.deepEqual(templates.capabilities(row.id), [{ ...first, effect: 'deny' }, second]);
    templates.deleteCapability(first.id);
    assert.deepEqual(templates.capabilities(row.id), [second]);
  });

  it('have startup files by orderIndex, then in the order they were added', async () => {
    const { templates } = await use.open();
    const row = template();
    templates.insert(row);
    const late = startupFile(row.id, 'late.js', 5);
    const first = startupFile(row.id, 'first.js', 1);
    const second = startupFile(row.id, 'second.js', 1);
    for (const file of [late, first, second]) templates.putStartupFile(file);
    assert.deepEqual(templates.startupFiles(row.id), [first, second, late]);
    templates.putStartupFile({ ...late, orderIndex: 0 });
    templates.deleteStartupFile(second.id);
    assert.deepEqual(templates.startupFiles(row.id), [{ ...late, orderIndex: 0 }, first]);
  });

  it('take their capabilities and startup files along, but not their sessions', async () => {
    const store = await use.open();
    const row = template();
    store.templates.insert(row);
    store.templates.putCapability(capability(row.id));
    store.templates.putStartupFile(startupFile(row.id, 'a.js', 0));
    const owned = session({ templateId: row.id });
    store.sessions.insert(owned);
    store.templates.delete(row.id);
    assert.equal(store.templates.get(row.id), undefined);
    assert.deepEqual(store.templates.capabilities(row.id), []);
    assert.deepEqual(store.templates.startupFiles(row.id), []);
    const { templateId, ...rest } = owned;
    assert.equal(templateId, row.id);
    assert.deepEqual(store.sessions.get(owned.id), rest);
  });
});
