// A whole client: starts a host for a folder, and makes the template that the folder's template.json describes.
//
//   node examples/make-template.mjs examples/access-log
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

const [worktree] = process.argv.slice(2);
if (worktree === undefined) throw new Error('Usage: node examples/make-template.mjs FOLDER');
const { libraries, capabilities, ...template } = JSON.parse(
  readFileSync(path.join(worktree, 'template.json'), 'utf8'),
);

const server = path.join(import.meta.dirname, '..', 'server');
const host = spawn(process.execPath, [server, '--stdio', '--worktree', worktree], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const connection = createMessageConnection(
  new StreamMessageReader(host.stdout),
  new StreamMessageWriter(host.stdin),
);
connection.listen();

await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
await connection.sendNotification('initialized', {});
try {
  const { id: templateId } = await connection.sendRequest('vm/templates/create', template);
  for (const name of libraries) await connection.sendRequest('vm/templates/addLibrary', { templateId, name });
  for (const capability of capabilities) {
    await connection.sendRequest('vm/templates/addCapability', { templateId, ...capability });
  }
  console.log(`Made the template ${template.name}.`);
} catch (error) {
  console.error(`${error.message} (${error.data?.code})`);
  process.exitCode = 1;
} finally {
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  connection.dispose();
}
