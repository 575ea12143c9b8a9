/**
 * A lock by a file that names the process which holds it, for platforms without a lock that the kernel frees. A dead
 * process's file is recognised by its process id and start time together, because ids are used again.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { systemErrorCode } from './host-files.js';

/** How often others may come first before the lock counts as held. */
const maxAttempts = 5;

/**
 * Claims the file.
 * @param path of the lock; only this function makes it
 * @returns how to let go; undefined when a living process holds it
 */
export function claimPidFile(path: string): (() => void) | undefined {
  const candidate = `${path}.${randomUUID()}`;
  const content = holderText(process.pid);
  fs.writeFileSync(candidate, content, { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (tryLink(candidate, path)) return () => removeOwn(path, content);
      const holder = readIfThere(path);
      if (holder === undefined) continue;
      if (isHeld(holder)) return undefined;
      moveAside(path, holder);
    }
    return undefined;
  } finally {
    fs.unlinkSync(candidate);
  }
}

/** Whether a process of this id runs, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
}

/** A link appears with its content in one step, and fails when there is one already. */
function tryLink(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead holder's file. Should a new holder have come in between, it gets its file back. */
function moveAside(path: string, deadHolder: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== deadHolder) tryLink(aside, path);
  fs.unlinkSync(aside);
}

function removeOwn(path: string, content: string): void {
  if (readIfThere(path) === content) fs.unlinkSync(path);
}

function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function holderText(pid: number): string {
  return `${pid} ${startTime(pid)}`;
}

function isHeld(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  return Number.isSafeInteger(pid) && isAlive(pid) && holder === holderText(pid);
}

/** When a process began, as `ps` of POSIX tells it; '' when it cannot. */
function startTime(pid: number): string {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  return typeof stdout === 'string' ? stdout.trim() : '';
}
