import {
  hostGlobal,
  type KernelConfiguration,
  type KernelEntries,
  kernelFile,
  kernelGlobal,
} from '../guest/contract.js';
import type { Engine } from './engine.js';
import type { Completion, Handle } from './engine-port.js';
import type { Node } from './inspect/node.js';

const entryNames = [
  'configure',
  'inspect',
  'enter',
  'fire',
  'drop',
  'call',
] as const satisfies (keyof KernelEntries)[];
type EntryName = (typeof entryNames)[number];

/** Holds the kernel's `call` for as long as it takes to move it into a module. */
const callGlobal = '__call';

/** The guest's half of the runtime: what the host asks it to do, see {@link KernelEntries}. */
export class GuestKernel {
  private constructor(
    private readonly engine: Engine,
    private readonly entries: Readonly<Record<EntryName, Handle>>,
  ) {}

  /** Runs the kernel's code, before any other guest code. */
  static start(engine: Engine, text: string): GuestKernel {
    const host = engine.newHostFunction(hostGlobal);
    engine.defineGlobal(hostGlobal, host);
    engine.free(host);
    engine.free(expectValue(engine.evaluate(text, kernelFile, 'script')));
    const published = engine.global(kernelGlobal);
    const pairs = entryNames.map((name) => [name, engine.property(published, name)] as const);
    engine.free(published);
    engine.free(expectValue(engine.evaluate(`delete globalThis.${kernelGlobal}`, kernelFile, 'script')));
    return new GuestKernel(engine, Object.fromEntries(pairs) as Record<EntryName, Handle>);
  }

  configure(configuration: KernelConfiguration): void {
    this.#withText(JSON.stringify(configuration), (json) =>
      this.engine.free(expectValue(this.engine.call(this.entries.configure, json))),
    );
  }

  /** @returns undefined when the guest was stopped, or its memory ended, while it looked */
  inspect(value: Handle): Node | undefined {
    const completion = this.engine.memory.withReserve(() => this.engine.call(this.entries.inspect, value));
    const json = completion.kind === 'value' ? this.engine.string(completion.value) : undefined;
    this.engine.free(completion.value);
    return json === undefined ? undefined : (JSON.parse(json) as Node);
  }

  /** Makes an execution the owner of what happens from here on. */
  enter(executionId: string): void {
    this.#withText(executionId, (id) =>
      this.engine.free(
        expectValue(this.engine.memory.withReserve(() => this.engine.call(this.entries.enter, id))),
      ),
    );
  }

  /** Calls a timer's callback as its owner. Whoever gets the completion frees its value. */
  fire(timerId: number): Completion {
    const id = this.engine.newNumber(timerId);
    try {
      return this.engine.call(this.entries.fire, id);
    } finally {
      this.engine.free(id);
    }
  }

  /**
   * Forgets an execution's timers, or with '' those of all but the owner.
   *
   * @returns their ids
   */
  drop(executionId: string): number[] {
    return this.#withText(executionId, (id) => {
      const ids = expectValue(this.engine.memory.withReserve(() => this.engine.call(this.entries.drop, id)));
      const json = this.engine.string(ids);
      this.engine.free(ids);
      return JSON.parse(json) as number[];
    });
  }

  /** Makes the kernel's `call` the export of a module with this name, which only the module graph hands out. */
  publishCall(module: string): void {
    this.engine.defineGlobal(callGlobal, this.entries.call);
    const code = `export const call = globalThis.${callGlobal}; delete globalThis.${callGlobal};`;
    this.engine.free(expectValue(this.engine.evaluate(code, module, 'module')));
  }

  #withText<T>(text: string, use: (value: Handle) => T): T {
    const value = this.engine.newString(text);
    try {
      return use(value);
    } finally {
      this.engine.free(value);
    }
  }
}

/** The kernel does not throw, unless it is broken or guest memory is ruined: either way the session is lost. */
function expectValue(completion: Completion): Handle {
  if (completion.kind === 'thrown') throw new Error('The guest kernel failed');
  return completion.value;
}
