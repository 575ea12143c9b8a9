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
