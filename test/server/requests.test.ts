/** Every request of the protocol has a success here: a new one fails the first test until it is added. */
import assert from 'node:assert/strict';
import * as protocol from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe('every request', () => {
  const host = useHost();
  const succeeded = new Set<string>();

  /** Sends it, checks the answer against the schema, and ticks it off. */
  async function send<T extends protocol.VmRequest>(
    request: T,
    params: Parameters<typeof host.client.request<T>>[1],
  ) {
    const answer = await host.client.request(request, params);
    succeeded.add(request.method);
    return answer;
  }

  after('is ticked off', () => {
    assert.deepEqual(
      protocol.requests.map(({ method }) => method).filter((method) => !succeeded.has(method)),
      [],
      'requests without a success test',
    );
  });

  it('of the host answers', async () => {
    const health = await send(protocol.health, {});
    assert.equal(health.status, 'ok');
    assert.equal(health.protocol, protocol.protocolVersion);
    assert.equal(health.database.path, host.bench.database);
    const summary = await send(protocol.runtimeSummary, {});
    assert.deepEqual(summary.activeSessionIds, []);
    assert.equal(summary.totals.templates, 1);
  });

  it('of the catalogue answers', async () => {
    const { items: modules } = await send(protocol.catalogModules, {});
    assert.ok(modules.some(({ name }) => name === 'fs'));
    const { items: libraries } = await send(protocol.catalogLibraries, {});
    const { integrity, size, ...lodash } = libraries.find(({ id }) => id === 'lodash') ?? {};
    assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/);
    assert.ok(size !== undefined && size > 50_000);
    assert.deepEqual(lodash, {
      id: 'lodash',
      name: 'Lodash',
      version: '4.18.1',
      description: 'Utilities for arrays, objects, strings and functions.',
      global: '_',
      license: 'MIT',
    });
    const { items: capabilities } = await send(protocol.catalogCapabilities, {});
    const fs = capabilities.find(({ kind }) => kind === 'fs');
    assert.deepEqual(Object.keys(fs?.configSchema['properties'] ?? {}), ['read', 'write']);
  });

  it('of templates answers', async () => {
    const template = await send(protocol.createTemplate, {
      name: 'one',
      description: 'first',
      settings: { limits: { cpuMs: 10 }, runtime: { strict: false } },
    });
    const templateId = template.id;
    assert.equal(template.settings.limits.cpuMs, 10);
    assert.equal(template.settings.limits.wallMs, 5000);
    assert.equal(template.settings.runtime.strict, false);
    const updated = await send(protocol.updateTemplate, {
      templateId,
      name: 'uno',
      isActive: false,
      settings: { limits: { wallMs: 0 } },
    });
    assert.deepEqual(
      {
        name: updated.name,
        description: updated.description,
        isActive: updated.isActive,
        ...updated.settings.limits,
      },
      {
        name: 'uno',
        description: 'first',
        isActive: false,
        cpuMs: 10,
        wallMs: 0,
        memMb: 128,
        maxEvents: 50_000,
        maxOutputKb: 256,
      },
    );
    assert.ok(updated.updatedAt >= template.updatedAt);

    assert.deepEqual((await send(protocol.addModule, { templateId, name: 'exec' })).modules, ['exec']);
    assert.deepEqual((await send(protocol.addLibrary, { templateId, name: 'dayjs' })).libraries, ['dayjs']);
    const capability = await send(protocol.addCapability, { templateId, kind: 'fs', name: 'data/**' });
    assert.deepEqual(capability.config, {});
    const denied = await send(protocol.updateCapability, {
      templateId,
      kind: 'fs',
      name: 'data/**',
      effect: 'deny',
      config: { write: true },
    });
    assert.equal(denied.effect, 'deny');
    assert.deepEqual(denied.config, { write: true });
    const file = await send(protocol.addStartupFile, { templateId, path: 'a.js' });
    assert.equal(file.mode, 'eval');
    await send(protocol.addStartupFile, { templateId, path: 'b.js', orderIndex: -1 });
    assert.equal(
      (await send(protocol.updateStartupFile, { templateId, path: 'a.js', orderIndex: 5 })).orderIndex,
      5,
    );
    const { items: files } = await send(protocol.listStartupFiles, { templateId });
    assert.deepEqual(
      files.map(({ path }) => path),
      ['b.js', 'a.js'],
    );

    const copy = await send(protocol.duplicateTemplate, { templateId, name: 'due' });
    assert.deepEqual([copy.modules, copy.libraries, copy.settings], [['exec'], ['dayjs'], updated.settings]);
    const detail = await send(protocol.getTemplate, { templateId: copy.id });
    assert.equal(detail.startupFiles.length, 2);
    assert.equal((await send(protocol.listCapabilities, { templateId: copy.id })).items.length, 2);

    await send(protocol.removeModule, { templateId, name: 'exec' });
    await send(protocol.removeLibrary, { templateId, name: 'dayjs' });
    await send(protocol.removeCapability, { templateId, kind: 'fs', name: 'data/**' });
    await send(protocol.removeStartupFile, { templateId, path: 'a.js' });
    await send(protocol.removeStartupFile, { templateId, path: 'b.js' });
    const bare = await send(protocol.getTemplate, { templateId });
    assert.deepEqual(
      [bare.capabilities, bare.startupFiles, bare.template.modules, bare.template.libraries],
      [[], [], [], []],
    );
    await send(protocol.deleteTemplate, { templateId });
    const { items } = await send(protocol.listTemplates, {});
    assert.deepEqual(
      items.map(({ name }) => name),
      ['due', 'default'],
    );
  });

  it('of sessions and executions answers', async () => {
    const { bench } = host;
    bench.write('file.js', '"from a file"');
    const session = await send(protocol.createSession, { name: 'mine' });
    const sessionId = session.id;
    assert.equal(session.name, 'mine');
    assert.equal(session.worktreePath, bench.worktree);
    const repl = await send(protocol.runRepl, { sessionId, input: 'globalThis.n = 1' });
    const file = await send(protocol.runFile, { sessionId, path: 'file.js' });
    assert.equal(file.result?.json, 'from a file');
    assert.equal((await send(protocol.getExecution, { executionId: file.id })).id, file.id);
    assert.equal((await send(protocol.cancelExecution, { executionId: file.id })).status, 'ok');
    assert.equal((await send(protocol.listEvents, { executionId: repl.id })).lastSeq, 2);
    const { items: found } = await send(protocol.listExecutions, { text: 'GLOBALTHIS.N' });
    assert.deepEqual(
      found.map(({ id }) => id),
      [repl.id],
    );
    const variables = await send(protocol.listVariables, { sessionId });
    assert.deepEqual(
      variables.items.map(({ name, value }) => [name, value.json]),
      [['n', 1]],
    );
    const completions = await send(protocol.complete, { sessionId, text: 'n.toF', offset: 5 });
    assert.deepEqual(
      completions.items.map(({ label }) => label),
      ['toFixed'],
    );
    assert.deepEqual(await send(protocol.interruptSession, { sessionId }), { interrupted: false });
    assert.equal((await send(protocol.renameSession, { sessionId, name: 'yours' })).name, 'yours');
    assert.equal((await send(protocol.getSession, { sessionId })).name, 'yours');
    const { items } = await send(protocol.listSessions, { worktreePath: bench.worktree });
    assert.deepEqual(
      items.map(({ id }) => id),
      [sessionId],
    );
    assert.equal((await send(protocol.restartSession, { sessionId })).status, 'ready');
    const gone = await send(protocol.runRepl, { sessionId, input: 'typeof n' });
    assert.equal(gone.result?.json, 'undefined');
    assert.equal((await send(protocol.closeSession, { sessionId })).status, 'closed');
    assert.equal((await send(protocol.restartSession, { sessionId })).status, 'ready');
    await send(protocol.deleteSession, { sessionId });
    assert.deepEqual((await send(protocol.listSessions, {})).items, []);
    assert.deepEqual((await send(protocol.listExecutions, {})).items, []);
  });

  it('of checkpoints answers', async () => {
    const { client } = host;
    const { id: sessionId } = await client.session();
    await client.repl({ id: sessionId }, 'let n = 1');
    const { id: executionId } = await client.repl({ id: sessionId }, 'n = 2');
    const checkpoint = await send(protocol.createCheckpoint, { sessionId, label: 'two' });
    assert.deepEqual([checkpoint.executionId, checkpoint.label], [executionId, 'two']);
    const { items } = await send(protocol.listCheckpoints, { sessionId });
    assert.deepEqual(items[0], checkpoint);
    const checkpointId = checkpoint.id;
    const labelled = await send(protocol.labelCheckpoint, { sessionId, checkpointId, label: 'zwei' });
    assert.equal(labelled.label, 'zwei');
    await client.repl({ id: sessionId }, 'n = 3');
    const restored = await send(protocol.restoreSession, { sessionId, executionId });
    assert.equal(restored.status, 'ready');
    assert.equal((await client.repl({ id: sessionId }, 'n')).result?.preview, '2');
    const fork = await send(protocol.forkSession, { sessionId, checkpointId, name: 'fork' });
    assert.deepEqual([fork.name, fork.forkedFrom], ['fork', { sessionId, checkpointId, executionId }]);
    assert.equal((await client.repl(fork, 'n')).result?.preview, '2');
    const deleted = await send(protocol.deleteCheckpoint, { sessionId, checkpointId });
    assert.equal(deleted.id, checkpointId);
  });
});
