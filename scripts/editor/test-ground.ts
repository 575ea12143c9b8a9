/** The fresh folders that one run of an editor lives in: nothing of the user's is read or changed. */
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repository } from '../tools/paths.js';
import type { Scenario } from './scenarios.js';

export interface TestGround {
  /** What the window opens: a folder, a .code-workspace file, or nothing. */
  readonly opened: { readonly kind: 'folder' | 'workspace'; readonly path: string } | undefined;
  readonly userData: string;
  readonly extensions: string;
  /** Where the runner listens for what tests ask of it. */
  readonly requestSocket: string;
  /** Variables for the editor, over those of the runner. */
  readonly environment: NodeJS.ProcessEnv;
  /** Deletes all of it. */
  dispose(): Promise<void>;
}

const fixture = path.join(repository, 'test', 'fixtures', 'editor-workspace');

/** Makes the folders, and in them a copy of the fixture workspace that tests may change. */
export async function makeTestGround({ opens }: Scenario): Promise<TestGround> {
  // macOS and others put the temporary folder behind a link, and VS Code tells paths apart as text.
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'vm-system-editor-')));
  const inside = (...parts: string[]): string => path.join(root, ...parts);
  const [home, userData, extensions, workspace, second] = [
    inside('home'),
    inside('user-data'),
    inside('extensions'),
    inside('workspace'),
    inside('second'),
  ];
  await Promise.all([home, userData, extensions, second].map((folder) => mkdir(folder)));
  await cp(fixture, workspace, { recursive: true });
  await cp(path.join(fixture, 'good.js'), path.join(second, 'good.js'));
  const multiRoot = inside('two.code-workspace');
  await writeFile(multiRoot, JSON.stringify({ folders: [{ path: 'workspace' }, { path: 'second' }] }));
  const requestSocket =
    process.platform === 'win32' ? `\\\\.\\pipe\\${path.basename(root)}` : inside('requests');

  const openedBy = {
    folder: { kind: 'folder', path: workspace },
    'two-folders': { kind: 'workspace', path: multiRoot },
    nothing: undefined,
  } as const;
  return {
    opened: openedBy[opens],
    userData,
    extensions,
    requestSocket,
    environment: {
      HOME: home,
      USERPROFILE: home,
      XDG_CONFIG_HOME: path.join(home, 'config'),
      XDG_DATA_HOME: path.join(home, 'data'),
      XDG_CACHE_HOME: path.join(home, 'cache'),
      APPDATA: path.join(home, 'AppData', 'Roaming'),
      LOCALAPPDATA: path.join(home, 'AppData', 'Local'),
      VM_SYSTEM_TEST_REQUESTS: requestSocket,
      // A second copy of VS Code that was started by the first would take these for its own.
      VSCODE_IPC_HOOK_CLI: undefined,
      ELECTRON_RUN_AS_NODE: undefined,
    },
    dispose: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Keeps out of the window what has nothing to do with the product, and keeps pictures still. */
export const userSettings = {
  'chat.disableAIFeatures': true,
  'editor.cursorBlinking': 'solid',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
};
