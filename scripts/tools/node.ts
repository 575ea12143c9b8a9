/** A Node that is new enough for the tools, which want more than the product does. */
import path from 'node:path';
import { installedTool } from './installed-tool.js';

const version = '24.21.0';

/** VS Code's server needs 22.15, vsce needs 22. */
const enough = { major: 22, minor: 15 };

/** @returns path of a Node of version 22.15 or newer: the one that runs us, or one from npm */
export async function toolNode(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > enough.major || (major === enough.major && minor >= enough.minor)) return process.execPath;

  const folder = await installedTool({ name: platformPackage(), version });
  return path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** The package that holds the binary; the package `node` itself only fetches it by an install script. */
function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}
