/**
 * What modules are called inside the guest: `file:///` URLs under a virtual root, which is the worktree. A query tells
 * versions of a file apart, as the engine keeps every module it ever loaded; it is never shown.
 */
const root = 'file:///';

/** The URL of a worktree file as guest code sees it. @param path worktree relative, with `/` */
export function urlOf(path: string): string {
  return root + encodeURI(path).replace(/[?#]/g, encodeURIComponent);
}

/** The engine's name of one version of a file. @param version `v=3`, or any other query */
export function identityOf(path: string, version: string): string {
  return `${urlOf(path)}?${version}`;
}

/** The worktree path in a module's name or URL; undefined for anything else. */
export function pathOf(name: string): string | undefined {
  if (!name.startsWith(root)) return undefined;
  const [url = ''] = name.slice(root.length).split(/[?#]/, 1);
  try {
    return decodeURIComponent(url);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The folder of a worktree path; '' is the worktree itself. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The name of the ES module through which a CommonJS module is imported. @param identity the CommonJS module's */
export function wrapperOf(identity: string): string {
  return identity.replace(/\?v=(\d+)$/, '?w=$1');
}

/** Is this the name of such a module? All of its code is ours. */
export function isWrapper(name: string): boolean {
  return /\?w=\d+$/.test(name);
}

/** A text of the engine's without the marks of versions in names of modules. */
export function withoutVersions(text: string): string {
  return text.replace(/(file:\/\/\/[^\s'"?]*)\?(?:v|w|run)=\d+/g, '$1');
}

/** Is it a file of an installed package? @param path worktree relative */
export function isInPackage(path: string): boolean {
  return path.split('/').includes('node_modules');
}
