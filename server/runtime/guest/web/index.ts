/** Defines the web's globals. What each is for stands in docs/guest.md. */
import type { HostFunction } from '../contract.js';
import { installAbort, signalHooks } from './abort.js';
import { installBase64 } from './base64.js';
import { installCrypto } from './crypto.js';
import { installDomException } from './dom-exception.js';
import { installEncoding } from './encoding.js';
import { installEvents } from './events.js';
import { installFromAsync } from './from-async.js';
import { hostTasks } from './host-tasks.js';
import { type Clock, installPerformance } from './performance.js';
import { installStructuredClone } from './structured-clone.js';
import { installUrlSearchParams } from './url-search-params.js';
import { installUrl } from './url.js';

/**
 * @param setTimeout the timers' own
 * @returns the session's clock, to be started with it
 */
export function installWeb(
  host: HostFunction,
  setTimeout: (callback: () => void, delayMs: number) => unknown,
): Clock {
  const tasks = hostTasks(host);
  const reportException = (error: unknown): void => {
    // Thrown from a timer, the host reports it.
    setTimeout(() => {
      throw error;
    }, 0);
  };
  installDomException();
  const clock = installPerformance(tasks);
  installEvents(clock.now, reportException, signalHooks);
  installAbort(setTimeout);
  installEncoding(tasks);
  installBase64(tasks);
  installUrlSearchParams(tasks);
  installUrl(tasks);
  installCrypto(tasks);
  installStructuredClone(host);
  installFromAsync();
  return clock;
}
