/** Pictures of the window, taken by the runner that started the editor. */
import { once } from 'node:events';
import { connect } from 'node:net';
import * as readline from 'node:readline/promises';
import * as vscode from 'vscode';

const themes = [
  { suffix: 'light', id: 'Default Light Modern', kind: vscode.ColorThemeKind.Light },
  { suffix: 'dark', id: 'Default Dark Modern', kind: vscode.ColorThemeKind.Dark },
] as const;

/**
 * Takes the window in the light theme and in the dark one, when it has come to rest. The dark one stays on.
 * @param name of lower-case letters, digits and dashes; gives `name-light.png` and `name-dark.png`
 * @returns the files; none when this editor cannot be pictured, as a desktop VS Code
 */
export async function screenshot(name: string): Promise<string[]> {
  const files: string[] = [];
  for (const theme of themes) {
    await useTheme(theme);
    const file = await takePicture(`${name}-${theme.suffix}`);
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** Takes the window as it is. @returns the file, or undefined when this editor cannot be pictured */
export async function takePicture(name: string): Promise<string | undefined> {
  const socketPath = process.env['VM_SYSTEM_TEST_REQUESTS'];
  if (socketPath === undefined) return undefined;
  const socket = connect(socketPath);
  try {
    const lines = readline.createInterface({ input: socket });
    socket.write(`${JSON.stringify({ screenshot: name })}\n`);
    const [line] = (await Promise.race([once(lines, 'line'), once(socket, 'end')])) as [string?];
    if (line === undefined) throw new Error('The runner gave no answer.');
    const reply = JSON.parse(line) as { file: string | null } | { error: string };
    if ('error' in reply) throw new Error(`No screenshot "${name}": ${reply.error}`);
    return reply.file ?? undefined;
  } finally {
    socket.destroy();
  }
}

async function useTheme({ id, kind }: (typeof themes)[number]): Promise<void> {
  if (vscode.window.activeColorTheme.kind === kind) return;
  const changed = new Promise<void>((resolve) => {
    const listener = vscode.window.onDidChangeActiveColorTheme((theme) => {
      if (theme.kind !== kind) return;
      listener.dispose();
      resolve();
    });
  });
  await vscode.workspace
    .getConfiguration('workbench')
    .update('colorTheme', id, vscode.ConfigurationTarget.Global);
  await changed;
}
