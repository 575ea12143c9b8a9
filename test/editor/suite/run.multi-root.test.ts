import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { product, runFile } from './product.js';

describe('with two folders', () => {
  it('each folder has a host and a session of its own', async () => {
    const { hosts } = await product();
    const runs = await Promise.all(
      hosts.all.map((host) => runFile(vscode.Uri.joinPath(host.folder.uri, 'good.js'))),
    );
    assert.deepEqual(
      runs.map((run) => run?.status),
      ['ok', 'ok'],
    );
    assert.notEqual(runs[0]?.sessionId, runs[1]?.sessionId);
    const pids = hosts.all.map(({ state }) => (state.kind === 'running' ? state.pid : undefined));
    assert.equal(new Set(pids).size, 2);
  });

  it('the views show the folders, and below each its own rows', async () => {
    const { hosts, views } = await product();
    const folders = await views.sessions.getChildren();
    assert.deepEqual(
      folders.map(({ kind, host }) => [kind, host.folder.name]),
      hosts.all.map(({ folder }) => ['folder', folder.name]),
    );
    for (const folder of folders) {
      const rows = await views.sessions.getChildren(folder);
      assert.ok(rows.length > 0);
      for (const row of rows) {
        assert.equal(row.kind === 'session' && row.row.worktreePath, folder.host.folder.uri.fsPath);
        assert.equal(views.sessions.getParent(row), folder);
      }
    }
  });
});
