/** Every error code, raised through the wire. A new code fails the last hook until it is raised here. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorCodes } from '../../shared/errors.js';
import {
  addStartupFile,
  listExecutions,
  maxMessageBytes,
  setTrust,
  updateTemplate,
} from '../../shared/protocol.js';
import type { TestClient } from '../support/client.js';
import { useHost, Workbench } from '../support/use-host.js';

/** Raised where its cause can be made: a full disk in storage-failure.test.ts, a defect in rpc/messages.test.ts,
 * a damaged image in checkpoints.test.ts. */
const raisedElsewhere = ['STORAGE_FAILED', 'INTERNAL', 'CHECKPOINT_UNUSABLE'];

describe('every error code', () => {
  const host = useHost();
  const raised = new Set<string>(raisedElsewhere);

  after('is raised', () => {
    assert.deepEqual(
      errorCodes.filter((code) => !raised.has(code)),
      [],
      'codes that no test raises',
    );
  });

  /** Sends it and checks that it is refused with this code, in one clear sentence. */
  async function refused(client: TestClient, code: string, method: string, params: unknown) {
    const refusal = await client.refusal(method, params);
    assert.equal(refusal.code, code, refusal.message);
    assert.match(refusal.message, /^\S.{10,}\.$/s);
    assert.ok(refusal.message.length < 400, refusal.message);
    assert.equal(refusal.rpcCode, code === 'VALIDATION_ERROR' ? -32602 : -32803);
    raised.add(code);
    return refusal;
  }

  it('for a wrong request names the field', async () => {
    const { client } = host;
    const message = async (params: unknown) =>
      (await refused(client, 'VALIDATION_ERROR', 'vm/sessions/get', params)).message;
    assert.match(await message({}), /sessionId/);
    assert.match(await message({ sessionId: 5 }), /sessionId/);
    assert.match(await message({ sessionId: randomUUID().toUpperCase() }), /sessionId.*UUID v4/);
    assert.match(await message({ sessionId: randomUUID(), extra: 1 }), /extra/);
    await refused(client, 'VALIDATION_ERROR', 'vm/sessions/list', { limit: 1001 });
    await refused(client, 'VALIDATION_ERROR', 'vm/sessions/list', { cursor: 'made up' });
    await refused(client, 'VALIDATION_ERROR', 'vm/sessions/list', { status: 'sleeping' });
  });

  it('for what is not there', async () => {
    const { client } = host;
    const id = randomUUID();
    const { id: templateId } = await client.template();
    await refused(client, 'TEMPLATE_NOT_FOUND', 'vm/templates/get', { templateId: id });
    await refused(client, 'SESSION_NOT_FOUND', 'vm/sessions/close', { sessionId: id });
    await refused(client, 'EXECUTION_NOT_FOUND', 'vm/executions/events', { executionId: id });
    const capability = { templateId, kind: 'env', name: 'NOPE' };
    await refused(client, 'CAPABILITY_NOT_FOUND', 'vm/templates/removeCapability', capability);
    const session = await client.session();
    await refused(client, 'CHECKPOINT_NOT_FOUND', 'vm/sessions/restore', {
      sessionId: session.id,
      checkpointId: id,
    });
    const file = { templateId, path: 'nope.js' };
    await refused(client, 'STARTUP_FILE_NOT_FOUND', 'vm/templates/removeStartupFile', file);
    await client.request(addStartupFile, file);
    await refused(client, 'FILE_NOT_FOUND', 'vm/sessions/create', { templateId });
  });

  it('for templates', async () => {
    const { client } = host;
    const { id: templateId, name } = await client.template();
    await refused(client, 'TEMPLATE_NAME_TAKEN', 'vm/templates/create', { name });
    await refused(client, 'ENGINE_UNSUPPORTED', 'vm/templates/create', { name: 'v8', engine: 'v8' });
    await refused(client, 'MODULE_NOT_ALLOWED', 'vm/templates/addModule', { templateId, name: 'net' });
    await refused(client, 'LIBRARY_NOT_FOUND', 'vm/templates/addLibrary', { templateId, name: 'left-pad' });
    const grant = { templateId, kind: 'fs', name: '**' };
    await refused(client, 'CAPABILITY_INVALID', 'vm/templates/addCapability', {
      ...grant,
      config: { raed: true },
    });
    const startup = { templateId, path: 'a.js' };
    await refused(client, 'STARTUP_MODE_UNSUPPORTED', 'vm/templates/addStartupFile', {
      ...startup,
      mode: 'fork',
    });
    await client.request(addStartupFile, startup);
    await refused(client, 'DUPLICATE', 'vm/templates/addStartupFile', startup);
    await client.request(updateTemplate, { templateId, isActive: false });
    await refused(client, 'VALIDATION_ERROR', 'vm/sessions/create', { templateId });
    const used = await client.template();
    await client.session({ templateId: used.id });
    await refused(client, 'TEMPLATE_IN_USE', 'vm/templates/delete', { templateId: used.id });
  });

  it('for sessions', async () => {
    const { client, bench } = host;
    const file = bench.write('not-a-folder.txt', '');
    for (const worktreePath of ['relative', path.join(bench.folder, 'missing'), file]) {
      await refused(client, 'INVALID_WORKTREE', 'vm/sessions/create', { worktreePath });
    }
    bench.write('broken.js', 'console.log("so far"); nope');
    const { id: templateId } = await client.template();
    await client.request(addStartupFile, { templateId, path: 'broken.js' });
    const failed = await refused(client, 'STARTUP_FAILED', 'vm/sessions/create', { templateId });
    const { sessionId, executionId } = failed.details as { sessionId: string; executionId: string };
    assert.equal(
      (await refused(client, 'SESSION_NOT_READY', 'vm/executions/repl', { sessionId, input: '1' })).details?.[
        'status'
      ],
      'crashed',
    );
    const { items } = await client.request(listExecutions, { sessionId });
    assert.deepEqual(
      items.map(({ id, kind, status }) => [id, kind, status]),
      [[executionId, 'startup', 'error']],
    );
    const ready = await client.session();
    await refused(client, 'INVALID_PATH', 'vm/executions/runFile', {
      sessionId: ready.id,
      path: '/etc/passwd',
    });
    const endless = client.repl(ready, 'for (;;);');
    await client.hears((heard) => heard.what === 'execution' && heard.execution.sessionId === ready.id);
    await refused(client, 'SESSION_BUSY', 'vm/executions/repl', { sessionId: ready.id, input: '1' });
    await client.connection.sendRequest('vm/sessions/close', { sessionId: ready.id });
    assert.equal((await endless).error?.code, 'SESSION_CLOSED');
  });

  it('for a workspace that is not trusted, until it is', async () => {
    const bench = new Workbench();
    try {
      const { client } = await bench.start({ trusted: false });
      await refused(client, 'WORKSPACE_NOT_TRUSTED', 'vm/sessions/create', {});
      await client.connection.sendNotification(setTrust.method, { trusted: true });
      const session = await client.session();
      await client.connection.sendNotification(setTrust.method, { trusted: false });
      const run = { sessionId: session.id, input: '1' };
      await refused(client, 'WORKSPACE_NOT_TRUSTED', 'vm/executions/repl', run);
      await refused(client, 'WORKSPACE_NOT_TRUSTED', 'vm/sessions/restart', { sessionId: session.id });
    } finally {
      await bench.dispose();
    }
  });

  it('for a client that speaks another version', async () => {
    const bench = new Workbench();
    try {
      const { client } = bench.spawn();
      const vmSystem = { protocol: [90, 99], features: [] };
      const refusal = await refused(client, 'PROTOCOL_UNSUPPORTED', 'initialize', {
        processId: null,
        rootUri: null,
        capabilities: { experimental: { vmSystem } },
      });
      assert.deepEqual(refusal.details, { client: [90, 99], host: [1, 1] });
    } finally {
      await bench.dispose();
    }
  });

  it('for a message that is too large, and the host goes on', async () => {
    const bench = new Workbench();
    try {
      const { child, client } = await bench.start();
      const input = 'x'.repeat(maxMessageBytes);
      const answer = client.refusal('vm/executions/repl', { sessionId: randomUUID(), input });
      const refusal = await answer;
      assert.equal(refusal.code, 'REQUEST_TOO_LARGE');
      raised.add('REQUEST_TOO_LARGE');
      assert.equal((await client.session()).status, 'ready');
      assert.equal(child.exitCode, null);
    } finally {
      await bench.dispose();
    }
  });

  it('for a database that another host has open', async () => {
    const { bench } = host;
    const second = bench.spawn();
    const refusal = await refused(second.client, 'DATABASE_LOCKED', 'initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
    });
    const { pid, since } = refusal.details as { pid: number; since: string };
    assert.equal((await host.client.connection.sendRequest<{ pid: number }>('vm/health')).pid, pid);
    assert.ok(Date.parse(since) <= Date.now());
  });

  const databases: [string, string, (file: string) => void][] = [
    ['is a folder', 'DATABASE_UNSUPPORTED', (file) => mkdirSync(file)],
    ['is a text', 'DATABASE_UNSUPPORTED', (file) => writeFileSync(file, 'Dear diary\n'.repeat(1000))],
  ];
  for (const [what, code, make] of databases) {
    it(`for a database that ${what}`, async () => {
      const bench = new Workbench();
      try {
        mkdirSync(path.dirname(bench.database));
        make(bench.database);
        const { client } = bench.spawn();
        await refused(client, code, 'initialize', { processId: null, rootUri: null, capabilities: {} });
      } finally {
        await bench.dispose();
      }
    });
  }

  it('for a database inside the worktree', async () => {
    const bench = new Workbench();
    try {
      const { client } = bench.spawn(['--db', path.join(bench.worktree, 'vm.db')]);
      const params = { processId: null, rootUri: null, capabilities: {} };
      await refused(client, 'VALIDATION_ERROR', 'initialize', params);
    } finally {
      await bench.dispose();
    }
  });
});
