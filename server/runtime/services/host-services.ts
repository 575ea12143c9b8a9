import type { MessagePort } from 'node:worker_threads';
import { ZodError } from 'zod';
import { VmError } from '../../../shared/errors.js';
import type { ControlBlock } from '../control-block.js';
import type { HostCall, HostCallError, HostReply } from '../messages.js';
import type { RuntimeLog } from '../runtime-log.js';
import { ServiceError } from './service-error.js';

/**
 * What guest code may call and wait for, by operation. A payload comes from the session's thread, where guest code may
 * have broken anything: a service judges it before use.
 */
export type HostServices = Readonly<Record<string, (payload: unknown) => Promise<unknown>>>;

/** Serves a session thread's calls, one by one, until its port closes. */
export function serve(
  port: MessagePort,
  control: ControlBlock,
  services: HostServices,
  log: RuntimeLog,
): void {
  port.on('message', (call: HostCall) => {
    void answer(call, services, log).then((reply) => {
      port.postMessage(reply);
      control.announceReply(call.id);
    });
  });
}

/** Never rejects. */
async function answer(
  { id, operation, payload }: HostCall,
  services: HostServices,
  log: RuntimeLog,
): Promise<HostReply> {
  const service = Object.hasOwn(services, operation) ? services[operation] : undefined;
  try {
    if (service === undefined) throw new Error(`There is no host operation ${operation}`);
    return { id, ok: true, value: await service(payload) };
  } catch (error) {
    return { id, ok: false, error: asGuestError(error, operation, log) };
  }
}

/** Guest code sees our own refusals; anything else is a defect, which only the log tells in full. */
function asGuestError(error: unknown, operation: string, log: RuntimeLog): HostCallError {
  if (error instanceof ServiceError || error instanceof VmError) {
    return { name: 'Error', message: error.message, code: error.code };
  }
  if (error instanceof ZodError) {
    return { name: 'TypeError', message: `${operation} was called with arguments that it does not take` };
  }
  log.error(`The host operation ${operation} failed`, error);
  return { name: 'Error', message: 'The host could not do this; its log says why' };
}
