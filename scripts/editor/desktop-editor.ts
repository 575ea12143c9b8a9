/** The tests in a desktop VS Code. */
import path from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from '@vscode/test-electron';
import { run } from '../tools/command.js';
import { cache } from '../tools/paths.js';
import { type Editor, type SuiteRun, whenAborted } from './editor.js';
import { ProcessGroup } from './process-group.js';
import { makeTestGround, type TestGround, userSettings } from './test-ground.js';
import { serveTestRequests } from './test-requests.js';

/**
 * @param executable of a VS Code that is installed; else the newest one is downloaded from its vendor
 * @throws Error when it could not be downloaded, or has no display to show its window on
 */
export async function desktopEditor(executable?: string): Promise<Editor> {
  const { DISPLAY: x11, WAYLAND_DISPLAY: wayland } = process.env;
  if (process.platform === 'linux' && x11 === undefined && wayland === undefined) {
    throw new Error('A desktop VS Code needs a display; run the tests under xvfb-run.');
  }
  const program = executable ?? (await downloadAndUnzipVSCode({ version: 'stable', cachePath: cache }));
  return {
    description: `desktop VS Code ${program} (which takes no screenshots)`,
    run: (suiteRun) => runIn(program, suiteRun),
    dispose: () => Promise.resolve(),
  };
}

async function runIn(
  program: string,
  { scenario, suite, package: file, onOutput, signal }: SuiteRun,
): Promise<boolean> {
  const ground = await makeTestGround(scenario);
  try {
    await writeSettings(ground);
    await installExtension(program, file, ground);
    const requests = await serveTestRequests(ground.requestSocket, () => Promise.resolve(undefined));
    const args = [
      ...(ground.opened === undefined ? [] : [ground.opened.path]),
      `--extensionDevelopmentPath=${suite.extension}`,
      `--extensionTestsPath=${suite.tests}`,
      ...[
        '--no-sandbox',
        '--disable-gpu-sandbox',
        '--disable-updates',
        '--skip-welcome',
        '--skip-release-notes',
      ],
      ...(scenario.trust === 'trusted' ? ['--disable-workspace-trust'] : []),
      ...folders(ground),
    ];
    const group = new ProcessGroup(program, args, {
      env: { ...process.env, ...ground.environment },
      onOutput,
    });
    try {
      const code = await Promise.race([group.ended, whenAborted(signal)]);
      return code === 0;
    } finally {
      await group.stop();
      await requests.close();
    }
  } finally {
    await ground.dispose();
  }
}

async function installExtension(program: string, file: string, ground: TestGround): Promise<void> {
  // "Reuse" keeps it from adding folders of its own choice.
  const [cli, ...args] = resolveCliArgsFromVSCodeExecutablePath(program, { reuseMachineInstall: true });
  if (cli === undefined) throw new Error(`${program} has no command line beside it.`);
  await run(cli, [...args, '--install-extension', file, ...folders(ground)], {
    env: { ...process.env, ...ground.environment },
  });
}

function folders({ userData, extensions }: TestGround): string[] {
  return [`--user-data-dir=${userData}`, `--extensions-dir=${extensions}`];
}

async function writeSettings({ userData }: TestGround): Promise<void> {
  await mkdir(path.join(userData, 'User'), { recursive: true });
  await writeFile(path.join(userData, 'User', 'settings.json'), JSON.stringify(userSettings));
}
