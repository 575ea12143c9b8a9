/**
 * Patterns of worktree paths: `*`, `?`, `[a-z]` and `{a,b}` in a name, and `**` for any number of folders. Paths come
 * from guest code and are judged on the main thread, so a pattern must not be one regular expression for the whole path:
 * several `**` would have it try every way to share out a long path, for minutes.
 */
import { Minimatch } from 'minimatch';

const options = {
  dot: true,
  // Nested groups could take very long, and a pattern that says what it does not match is a rule of its own.
  noext: true,
  nonegate: true,
  nocomment: true,
} as const;

/** Longest name that any system has for one file, in UTF-16 units. */
const maxName = 255;

/**
 * @param pattern for example `data/**`, which is the folder itself, too
 * @returns whether a path matches: worktree relative, parts separated by `/`
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const matchers = [new Minimatch(parts.join('/'), options)];
  if (parts.length > 1 && parts.at(-1) === '**') {
    matchers.push(new Minimatch(parts.slice(0, -1).join('/'), options));
  }
  return (path) =>
    path.split('/').every((name) => name.length <= maxName) && matchers.some((each) => each.match(path));
}
