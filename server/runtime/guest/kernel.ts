/** The first code that runs in a session, before any of the guest's: see contract.ts for what it offers to whom. */
import { installConsole } from './console.js';
import {
  hostGlobal,
  kernelGlobal,
  type HostFunction,
  type InspectLimits,
  type KernelConfiguration,
  type KernelEntries,
} from './contract.js';
import { define } from './define.js';
import { Inspection } from './inspector.js';
import { freeze, parseJson } from './intrinsics.js';
import { nativeCall } from './native-call.js';
import { enter, owner } from './owner.js';
import { installProxy } from './proxies.js';
import { installTimers } from './timers.js';

/** Deep and long enough to give the value itself as JSON where it is of a size to be shown. */
const defaultValueLimits: InspectLimits = { depth: 16, entries: 1000, nodes: 5000, string: 70_000 };
const defaultConsoleLimits: InspectLimits = { depth: 6, entries: 120, nodes: 1000, string: 10_100 };

const globals = globalThis as unknown as Record<string, unknown>;
const host = globals[hostGlobal] as HostFunction;
// eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is the contract's, and nothing may stay.
delete globals[hostGlobal];

let valueLimits = defaultValueLimits;

const { fire, drop, pending } = installTimers(host);
installProxy();

const entries: KernelEntries = {
  configure(json) {
    const configuration = parseJson(json) as KernelConfiguration;
    valueLimits = configuration.valueLimits ?? defaultValueLimits;
    if (configuration.console) installConsole(host, configuration.consoleLimits ?? defaultConsoleLimits);
  },
  inspect(value) {
    return new Inspection(valueLimits, host, 'thorough').write(value);
  },
  enter,
  fire,
  owner,
  drop,
  pending,
  call: nativeCall(host),
};
define(globalThis, kernelGlobal, freeze(entries));
