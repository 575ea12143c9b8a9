/**
 * The eleven HTTP integration tests of the original vm-system, over this protocol. Where its contract was a known gap,
 * the better answer is asserted: unknown parents, taken names, templates in use, empty lists, closing twice.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  addCapability,
  addLibrary,
  addModule,
  addStartupFile,
  cancelExecution,
  closeSession,
  createSession,
  deleteSession,
  deleteTemplate,
  getExecution,
  getSession,
  getTemplate,
  listCapabilities,
  listEvents,
  listExecutions,
  listSessions,
  listStartupFiles,
  listTemplates,
  removeLibrary,
  removeModule,
  runFile,
  runRepl,
  runtimeSummary,
} from '../../shared/protocol.js';
import { useHost } from '../support/use-host.js';

describe("the original's contract", () => {
  const host = useHost();

  it('keeps the state of a session between requests', async () => {
    const { client } = host;
    const session = await client.session();
    const first = await client.repl(session, 'var persisted = 20; persisted');
    const second = await client.repl(session, 'persisted + 22');
    assert.equal(first.status, 'ok');
    assert.equal(second.status, 'ok');
    assert.equal(second.result?.preview, '42');
    const { items } = await client.request(listEvents, { executionId: second.id });
    assert.deepEqual(
      items.map(({ seq, type }) => [seq, type]),
      [
        [1, 'input_echo'],
        [2, 'value'],
      ],
    );
    const summary = await client.request(runtimeSummary, {});
    assert.equal(summary.activeSessions, 1);
    assert.deepEqual(summary.activeSessionIds, [session.id]);
    await client.request(closeSession, { sessionId: session.id });
  });

  it('creates, reads, changes and deletes templates with what belongs to them', async () => {
    const { client } = host;
    const template = await client.template({ name: 'crud' });
    const templateId = template.id;
    assert.equal(template.engine, 'quickjs');
    assert.deepEqual(template.settings.limits, {
      cpuMs: 2000,
      wallMs: 5000,
      memMb: 128,
      maxEvents: 50_000,
      maxOutputKb: 256,
    });
    const { items: templates } = await client.request(listTemplates, {});
    assert.ok(templates.some(({ id }) => id === templateId));
    assert.deepEqual(await client.request(listCapabilities, { templateId }), { items: [] });
    assert.deepEqual(await client.request(listStartupFiles, { templateId }), { items: [] });

    await client.request(addCapability, { templateId, kind: 'env', name: 'LANG' });
    await client.request(addStartupFile, { templateId, path: 'runtime/startup.js', orderIndex: 10 });
    await client.request(addModule, { templateId, name: ' FS ' });
    await client.request(addLibrary, { templateId, name: 'lodash' });
    const mode = await client.refusal('vm/templates/addStartupFile', {
      templateId,
      path: 'other.js',
      mode: 'require',
    });
    assert.equal(mode.code, 'STARTUP_MODE_UNSUPPORTED');
    const builtIn = await client.refusal('vm/templates/addModule', { templateId, name: 'json' });
    assert.equal(builtIn.code, 'MODULE_NOT_ALLOWED');

    const detail = await client.request(getTemplate, { templateId });
    assert.deepEqual(detail.template.modules, ['fs']);
    assert.deepEqual(detail.template.libraries, ['lodash']);
    assert.deepEqual(
      detail.startupFiles.map(({ path: file, orderIndex, mode: how }) => [file, orderIndex, how]),
      [['runtime/startup.js', 10, 'eval']],
    );
    assert.deepEqual(detail.capabilities.map(({ kind, name }) => `${kind}:${name}`).sort(), [
      'env:LANG',
      'module:fs',
    ]);

    assert.deepEqual((await client.request(removeModule, { templateId, name: 'fs' })).modules, []);
    assert.deepEqual((await client.request(removeLibrary, { templateId, name: 'lodash' })).libraries, []);
    await client.request(deleteTemplate, { templateId });
    assert.equal((await client.refusal('vm/templates/get', { templateId })).code, 'TEMPLATE_NOT_FOUND');
    assert.equal((await client.refusal('vm/templates/delete', { templateId })).code, 'TEMPLATE_NOT_FOUND');
  });

  it('leads sessions from ready to closed and removes them', async () => {
    const { client } = host;
    const one = await client.session({ workspaceId: 'ws', baseCommitOid: 'deadbeef' });
    const two = await client.session();
    assert.equal(one.status, 'ready');
    assert.equal(one.workspaceId, 'ws');
    assert.equal((await client.request(runtimeSummary, {})).activeSessions, 2);
    const ready = await client.request(listSessions, { status: 'ready' });
    assert.deepEqual(
      ready.items.map(({ id }) => id),
      [two.id, one.id],
    );
    const closed = await client.request(closeSession, { sessionId: one.id });
    assert.equal(closed.status, 'closed');
    assert.ok(closed.closedAt !== undefined);
    assert.deepEqual(await client.request(closeSession, { sessionId: one.id }), closed);
    assert.deepEqual(await client.request(getSession, { sessionId: one.id }), closed);
    assert.equal((await client.request(runtimeSummary, {})).activeSessions, 1);
    await client.request(deleteSession, { sessionId: two.id });
    assert.equal((await client.request(runtimeSummary, {})).activeSessions, 0);
    assert.equal((await client.refusal('vm/sessions/get', { sessionId: two.id })).code, 'SESSION_NOT_FOUND');
    assert.equal(
      (await client.refusal('vm/sessions/get', { sessionId: randomUUID() })).code,
      'SESSION_NOT_FOUND',
    );
  });

  it('runs snippets and files and lists them', async () => {
    const { client, bench } = host;
    bench.write('calc.js', '6 * 7');
    const session = await client.session();
    const repl = await client.repl(session, '21 * 2');
    const file = await client.request(runFile, { sessionId: session.id, path: 'calc.js' });
    assert.equal(repl.status, 'ok');
    assert.equal(file.status, 'ok');
    assert.equal((await client.request(getExecution, { executionId: repl.id })).kind, 'repl');
    const { items, nextCursor } = await client.request(listExecutions, { sessionId: session.id, limit: 1 });
    assert.deepEqual(
      items.map(({ id }) => id),
      [file.id],
    );
    const rest = await client.request(listExecutions, {
      sessionId: session.id,
      limit: 1,
      cursor: nextCursor,
    });
    assert.deepEqual(
      rest.items.map(({ id }) => id),
      [repl.id],
    );
    const all = await client.request(listEvents, { executionId: repl.id });
    const tail = await client.request(listEvents, { executionId: repl.id, afterSeq: 1 });
    assert.deepEqual(tail.items, all.items.slice(1));
    const unknown = { executionId: randomUUID() };
    for (const method of ['vm/executions/get', 'vm/executions/events', 'vm/executions/cancel']) {
      assert.equal((await client.refusal(method, unknown)).code, 'EXECUTION_NOT_FOUND');
    }
    assert.deepEqual(await client.request(cancelExecution, { executionId: repl.id }), repl);
  });

  it('answers executions with all that belongs to them', async () => {
    const { client, bench } = host;
    bench.write('contract.js', "console.log('from file'); globalThis.fromFile = 1; 'done'");
    const session = await client.session();
    const repl = await client.repl(session, 'console.log("hi"); [1, 2]');
    const file = await client.request(runFile, {
      sessionId: session.id,
      path: './contract.js',
      args: { a: [1] },
      env: { B: 'b' },
    });
    for (const execution of [repl, file]) {
      assert.equal(execution.sessionId, session.id);
      assert.equal(execution.status, 'ok');
      assert.ok(execution.endedAt !== undefined && execution.endedAt >= execution.startedAt);
      assert.ok(execution.metrics.wallMs > 0);
      assert.ok(execution.metrics.memoryBytes > 0);
      assert.deepEqual(await client.request(getExecution, { executionId: execution.id }), execution);
      const { items, lastSeq, more } = await client.request(listEvents, { executionId: execution.id });
      assert.deepEqual(
        items.map(({ seq }) => seq),
        items.map((_, index) => index + 1),
      );
      assert.equal(lastSeq, execution.lastSeq);
      assert.equal(more, false);
      assert.equal(items.at(-1)?.type, 'value');
    }
    assert.equal(repl.kind, 'repl');
    assert.equal(repl.input, 'console.log("hi"); [1, 2]');
    assert.deepEqual(repl.result, { type: 'Array', preview: '[ 1, 2 ]', json: [1, 2] });
    assert.equal(file.kind, 'run_file');
    assert.equal(file.path, 'contract.js');
    assert.deepEqual(file.args, { a: [1] });
    assert.deepEqual(file.env, { B: 'b' });
    const { items } = await client.request(listExecutions, { sessionId: session.id, limit: 2 });
    assert.deepEqual(
      items.map(({ id }) => id),
      [file.id, repl.id],
    );
  });

  it('counts only what can run in the summary', async () => {
    const { client } = host;
    const before = await client.request(runtimeSummary, {});
    const session = await client.session();
    const during = await client.request(runtimeSummary, {});
    assert.equal(during.activeSessions, before.activeSessions + 1);
    assert.deepEqual([...during.activeSessionIds].sort(), during.activeSessionIds);
    await client.request(closeSession, { sessionId: session.id });
    assert.equal((await client.request(runtimeSummary, {})).activeSessions, before.activeSessions);
  });

  it('says what is wrong with a request, by code', async () => {
    const { client } = host;
    const unknown = randomUUID();
    const session = await client.session();
    const cases: [string, unknown, string][] = [
      ['vm/templates/create', {}, 'VALIDATION_ERROR'],
      ['vm/executions/list', { sessionId: 7 }, 'VALIDATION_ERROR'],
      ['vm/executions/events', { executionId: unknown, afterSeq: -1 }, 'VALIDATION_ERROR'],
      ['vm/templates/get', { templateId: unknown }, 'TEMPLATE_NOT_FOUND'],
      ['vm/sessions/get', { sessionId: unknown }, 'SESSION_NOT_FOUND'],
      ['vm/executions/list', { sessionId: unknown }, 'SESSION_NOT_FOUND'],
      ['vm/templates/get', { templateId: 'not-a-uuid' }, 'VALIDATION_ERROR'],
      ['vm/sessions/get', { sessionId: 'not-a-uuid' }, 'VALIDATION_ERROR'],
      ['vm/executions/get', { executionId: 'not-a-uuid' }, 'VALIDATION_ERROR'],
      ['vm/sessions/create', { templateId: 'nope' }, 'VALIDATION_ERROR'],
      ['vm/executions/repl', { sessionId: 'nope', input: '1' }, 'VALIDATION_ERROR'],
      ['vm/executions/runFile', { sessionId: session.id, path: '../etc/passwd' }, 'INVALID_PATH'],
      ['vm/templates/listCapabilities', { templateId: unknown }, 'TEMPLATE_NOT_FOUND'],
    ];
    for (const [method, params, code] of cases) {
      const refusal = await client.refusal(method, params);
      assert.equal(refusal.code, code, `${method} ${JSON.stringify(params)}: ${refusal.message}`);
    }
    const running = client.repl(session, 'await new Promise((resolve) => setTimeout(resolve, 60_000))', {
      id: randomUUID(),
    });
    await client.hears((heard) => heard.what === 'execution' && heard.execution.sessionId === session.id);
    const busy = await client.refusal('vm/executions/repl', { sessionId: session.id, input: '1' });
    assert.equal(busy.code, 'SESSION_BUSY');
    const { executionId } = busy.details as { executionId: string };
    await client.request(cancelExecution, { executionId });
    assert.equal((await running).status, 'cancelled');
  });

  it('keeps paths inside the worktree and output inside its limits', async () => {
    const { client, bench } = host;
    const outside = path.join(bench.folder, 'outside.js');
    writeFileSync(outside, '"outside"');
    symlinkSync(outside, path.join(bench.worktree, 'link.js'));
    const template = await client.template();
    const session = await client.session({ templateId: template.id });
    const refused = async (method: string, params: unknown) => (await client.refusal(method, params)).code;
    assert.equal(
      await refused('vm/templates/addStartupFile', { templateId: template.id, path: '../outside.js' }),
      'INVALID_PATH',
    );
    const { id: sessionId } = session;
    assert.equal(
      await refused('vm/executions/runFile', { sessionId, path: '../outside.js' }),
      'INVALID_PATH',
    );
    assert.equal(await refused('vm/executions/runFile', { sessionId, path: 'link.js' }), 'INVALID_PATH');
    await client.request(addStartupFile, { templateId: template.id, path: 'link.js' });
    assert.equal(await refused('vm/sessions/create', { templateId: template.id }), 'INVALID_PATH');

    const small = await client.template({ settings: { limits: { maxEvents: 1, maxOutputKb: 1 } } });
    const limited = await client.session({ templateId: small.id });
    const over = await client.repl(limited, '1 + 1');
    assert.equal(over.status, 'error');
    assert.equal(over.error?.code, 'EVENT_LIMIT_EXCEEDED');
  });

  it('has a library in the sessions of a template that names it, and in no other', async () => {
    const { client } = host;
    const template = await client.template();
    await client.request(addLibrary, { templateId: template.id, name: 'lodash' });
    const session = await client.request(createSession, { templateId: template.id });
    const chunks = await client.request(runRepl, {
      sessionId: session.id,
      input: '_.chunk([1, 2, 3, 4], 2).length',
    });
    assert.equal(chunks.result?.preview, '2');
    const without = await client.repl(await client.session(), '_.chunk([1, 2, 3, 4], 2).length');
    assert.equal(without.status, 'error');
    assert.match(without.error?.message ?? '', /is not defined/);
  });

  it('refuses a library that is not in the catalogue when it is named', async () => {
    const { client } = host;
    const { id: templateId } = await client.template();
    for (const name of ['no-such-library', 'lodash@0.0.1', '../lodash']) {
      assert.equal(
        (await client.refusal('vm/templates/addLibrary', { templateId, name })).code,
        'LIBRARY_NOT_FOUND',
      );
    }
  });

  it('opens files, programs and a database to templates that name them, and to no other', async () => {
    const { client, bench } = host;
    bench.write('data.txt', 'file text');
    const plain = await client.session();
    const json = await client.repl(plain, 'JSON.stringify({ a: 1 })');
    assert.equal(json.result?.json, '{"a":1}');
    for (const name of ['fs', 'database', 'exec']) {
      const refused = await client.repl(plain, `import * as it from '${name}'; it`);
      assert.equal(refused.status, 'error');
      assert.equal(refused.error?.code, 'MODULE_NOT_ALLOWED', name);
    }

    const { id: templateId } = await client.template();
    for (const name of ['fs', 'database', 'exec']) await client.request(addModule, { templateId, name });
    await client.request(addCapability, { templateId, kind: 'fs', name: '**' });
    await client.request(addCapability, { templateId, kind: 'exec', name: '/bin/echo' });
    const session = await client.session({ templateId });
    const value = async (input: string) => {
      const execution = await client.repl(session, input);
      assert.equal(execution.status, 'ok', execution.error?.stack);
      return execution.result?.json;
    };
    assert.equal(await value(`import { readFileSync } from 'fs'; readFileSync('data.txt')`), 'file text');
    assert.equal(await value(`import { run } from 'exec'; run('/bin/echo', ['hello']).trim()`), 'hello');
    assert.deepEqual(
      await value(`import * as db from 'database';
        db.exec('create table people (name text)');
        db.exec('insert into people values (?)', 'alice');
        db.query('select name from people')`),
      [{ name: 'alice' }],
    );
  });
});
