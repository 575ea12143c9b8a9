/** `vm:env`: the environment variables that a capability names. */
import { z } from 'zod';
import type { HostServices } from '../host-services.js';
import type { Grants } from './grants.js';

const GetCall = z.strictObject({ name: z.string() });

/** @param grants asked at each call, as they may have become fewer */
export function environmentServices(grants: Grants): HostServices {
  return {
    'env.names': () => Promise.resolve(grants.variables().filter((name) => process.env[name] !== undefined)),
    'env.get': (payload) => {
      const { name } = GetCall.parse(payload);
      return Promise.resolve(grants.variables().includes(name) ? (process.env[name] ?? null) : null);
    },
  };
}
