/** VS Code's server, which npm has as part of code-server, and which runs extensions as a desktop VS Code does. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../tools/command.js';
import { installedTool } from '../tools/installed-tool.js';
import { toolNode } from '../tools/node.js';
import { ProcessGroup } from './process-group.js';
import { type TestGround, userSettings } from './test-ground.js';

/** The server's program, installed. */
export interface VscodeServerProgram {
  /** Of VS Code, as `1.139.1`. */
  readonly version: string;
  readonly node: string;
  readonly folder: string;
}

export interface VscodeServer {
  /** Host and port. */
  readonly authority: string;
  /** Rejects when the server ends by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Installs it when it is not there. */
export async function vscodeServerProgram(): Promise<VscodeServerProgram> {
  const vscode = path.join('lib', 'vscode');
  const codeServer = await installedTool({
    name: 'code-server',
    version: '4.139.1',
    dependencyFolders: [vscode, path.join(vscode, 'extensions')],
  });
  const folder = path.join(codeServer, vscode);
  const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { version, node: await toolNode(), folder };
}

/** Installs a .vsix as `code --install-extension` does. */
export async function installExtension(
  { node, folder }: VscodeServerProgram,
  file: string,
  ground: TestGround,
): Promise<void> {
  const args = ['out/server-main.js', '--install-extension', file, ...folders(ground)];
  await run(node, args, { cwd: folder, env: { ...process.env, ...ground.environment }, timeout: 60_000 });
}

/** Starts it and waits until it listens, on a free port of this machine only. */
export async function startVscodeServer(
  { node, folder }: VscodeServerProgram,
  ground: TestGround,
  options: { readonly trust: 'trusted' | 'untrusted'; readonly onOutput: (text: string) => void },
): Promise<VscodeServer> {
  await writeSettings(ground);
  const args = [
    'out/server-main.js',
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--telemetry-level', 'off'],
    // Makes a built server accept extensionTestsPath, and lets webviews load from the server itself.
    '--enable-smoke-test-driver',
    ...(options.trust === 'trusted' ? ['--disable-workspace-trust'] : []),
    ...folders(ground),
  ];
  let output = '';
  let onAuthority: (authority: string) => void = () => undefined;
  const listening = new Promise<string>((resolve) => (onAuthority = resolve));
  const group = new ProcessGroup(node, args, {
    cwd: folder,
    env: { ...process.env, ...ground.environment },
    onOutput(text) {
      options.onOutput(text);
      output += text;
      const [, authority] = /Server bound to ([\d.]+:\d+)/.exec(output) ?? [];
      if (authority !== undefined) onAuthority(authority);
    },
  });
  const failed = group.ended.then((code) => {
    throw new Error(`VS Code's server ended by itself, with code ${String(code)}.`);
  });
  // It also ends when it is stopped, and then nobody waits for it.
  failed.catch(() => undefined);
  return { authority: await Promise.race([listening, failed]), failed, stop: () => group.stop() };
}

function folders({ userData, extensions }: TestGround): string[] {
  return ['--accept-server-license-terms', '--server-data-dir', userData, '--extensions-dir', extensions];
}

async function writeSettings({ userData }: TestGround): Promise<void> {
  for (const scope of ['User', 'Machine']) {
    const folder = path.join(userData, 'data', scope);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'settings.json'), JSON.stringify(userSettings));
  }
}
