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
import { installDisplay } from './display.js';
import { Inspection } from './inspector.js';
import { freeze, parseJson } from './intrinsics.js';
import { refusal } from './host-error.js';
import { nativeCall } from './native-call.js';
import { openLastValues, rememberError, rememberValue } from './last-value.js';
import { installOperations } from './operations.js';
import { listMembers } from './members.js';
import { enter, owner } from './owner.js';
import { installLocalDates } from './local-dates.js';
import { installProxy } from './proxies.js';
import { installRandom, reseed } from './random.js';
import { declare, publish, rememberGlobals, undeclareImports } from './session-globals.js';
import { installRequire } from './require.js';
import { withoutGrowth } from './shared-buffers.js';
import { installTimers } from './timers.js';
import { listVariables } from './variables.js';
import { installWeb } from './web/index.js';

/** Deep and long enough to give the value itself as JSON where it is of a size to be shown. */
const defaultValueLimits: InspectLimits = { depth: 16, entries: 1000, nodes: 5000, string: 70_000 };
const defaultConsoleLimits: InspectLimits = { depth: 6, entries: 120, nodes: 1000, string: 10_100 };

const globals = globalThis as unknown as Record<string, unknown>;
const host = globals[hostGlobal] as HostFunction;
// eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is the contract's, and nothing may stay.
delete globals[hostGlobal];

let valueLimits = defaultValueLimits;

const { fire, drop, pending } = installTimers(host);
const { start, settle, abandon, operations } = installOperations(host);
withoutGrowth();
installProxy();
installRandom();
installLocalDates(host);
const clock = installWeb(host, globals['setTimeout'] as (callback: () => void, delayMs: number) => unknown);
const modules = installRequire(host);

const inspect = (value: unknown): string => new Inspection(valueLimits, host, 'thorough').write(value);

const entries: KernelEntries = {
  configure(json) {
    const configuration = parseJson(json) as KernelConfiguration;
    valueLimits = configuration.valueLimits ?? defaultValueLimits;
    reseed(configuration.seed ?? '');
    clock.start();
    if (configuration.console) installConsole(host, configuration.consoleLimits ?? defaultConsoleLimits);
  },
  inspect,
  enter(executionId) {
    modules.beginModules();
    enter(executionId);
  },
  fire,
  owner,
  drop,
  pending,
  reseed,
  restartClock: () => clock.start(),
  call: nativeCall(host),
  start,
  settle,
  abandon,
  operations,
  refusal,
  loadCommonJs: modules.loadCommonJs,
  exportOf: modules.exportOf,
  metaResolve: modules.metaResolve,
  newError: modules.newError,
  show: installDisplay(host, inspect),
  openLastValues,
  rememberValue,
  rememberError,
  publish,
  rememberGlobals,
  declare,
  undeclareImports,
  variables: (json) => listVariables(json, host),
  members: (json) => listMembers(json, host),
};
define(globalThis, kernelGlobal, freeze(entries));
