import { build } from 'esbuild';
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import {
  hostGlobal,
  kernelFile,
  kernelGlobal,
  type ConsoleMessage,
  type KernelConfiguration,
  type KernelEntries,
  type Members,
  type MembersRequest,
  type PendingTimer,
  type VariablesPage,
  type VariablesRequest,
} from '../../../server/runtime/guest/contract.js';
import { computeTask, decode } from '../../../server/runtime/worker/compute.js';
import type { Node } from '../../../server/runtime/worker/inspect/node.js';

/** Makes top-level await work, gives the completion value, and keeps bindings: JS_EVAL_FLAG_ASYNC. */
const asyncCell = 128;

let engine: Promise<QuickJSWASMModule> | undefined;
let kernel: Promise<string> | undefined;

async function bundleKernel(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['server/runtime/guest/kernel.ts'],
    bundle: true,
    platform: 'neutral',
    target: 'es2023',
    format: 'iife',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** How a piece of code ended, seen by the kernel's own inspector. */
export interface Ending {
  readonly state: 'fulfilled' | 'rejected' | 'pending';
  readonly node: Node;
}

/** The kernel in a real engine, with a host that only writes down what it is told. */
export class TestGuest {
  readonly printed: ConsoleMessage[] = [];
  /** Armed timers by id, as the host knows them. */
  readonly timers = new Map<number, { delayMs: number; owner: string }>();
  private readonly entries = new Map<string, QuickJSHandle>();
  private modules = new Map<string, string>();
  private cells = 0;

  static async open(configuration: KernelConfiguration = { console: true }): Promise<TestGuest> {
    engine ??= newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
    kernel ??= bundleKernel();
    const runtime = (await engine).newRuntime();
    runtime.setMaxStackSize(256 * 1024); // node's own stack is small on the main thread
    return new TestGuest(runtime, runtime.newContext(), await kernel, configuration);
  }

  private constructor(
    private readonly runtime: QuickJSRuntime,
    readonly context: QuickJSContext,
    kernelCode: string,
    configuration: KernelConfiguration,
  ) {
    const host = context.newFunction(hostGlobal, (...args) => this.operation(args));
    context.setProp(context.global, hostGlobal, host);
    host.dispose();
    runtime.setModuleLoader((name) => this.modules.get(name) ?? { error: new Error(`no module ${name}`) });
    context.unwrapResult(context.evalCode(kernelCode, kernelFile)).dispose();
    const published = context.getProp(context.global, kernelGlobal);
    const names: (keyof KernelEntries)[] = [
      'configure',
      'inspect',
      'enter',
      'fire',
      'owner',
      'drop',
      'reseed',
      'pending',
      'rememberGlobals',
      'declare',
      'variables',
      'members',
    ];
    for (const name of names) this.entries.set(name, context.getProp(published, name));
    published.dispose();
    context.unwrapResult(context.evalCode(`delete globalThis.${kernelGlobal}`, kernelFile)).dispose();
    this.call('configure', JSON.stringify(configuration));
    this.call('rememberGlobals', 'built-in');
  }

  close(): void {
    for (const entry of this.entries.values()) entry.dispose();
    this.context.dispose();
    this.runtime.dispose();
  }

  addModule(name: string, text: string): void {
    this.modules.set(name, text);
  }

  enter(executionId: string): void {
    this.call('enter', executionId);
  }

  reseed(seed: string): void {
    this.call('reseed', seed);
  }

  owner(): string {
    return this.call('owner');
  }

  drop(executionId: string): number[] {
    const ids = JSON.parse(this.call('drop', executionId)) as number[];
    for (const id of ids) this.timers.delete(id);
    return ids;
  }

  /** @returns null when nothing is at the path */
  variables(...request: VariablesRequest): VariablesPage | null {
    return JSON.parse(this.call('variables', JSON.stringify(request))) as VariablesPage | null;
  }

  /** @returns null when they are not known */
  members(...request: MembersRequest): Members | null {
    return JSON.parse(this.call('members', JSON.stringify(request))) as Members | null;
  }

  declare(...names: string[]): void {
    this.call('declare', JSON.stringify(names));
  }

  pending(): PendingTimer[] {
    return JSON.parse(this.call('pending')) as PendingTimer[];
  }

  /** Fires a timer as if its time had come, with the jobs that it causes. @throws what the callback throws */
  fire(id: number): void {
    this.timers.delete(id);
    this.callWith('fire', this.context.newNumber(id)).dispose();
    this.pump();
  }

  /** Runs a script. @throws what it throws */
  run(code: string): void {
    this.context.unwrapResult(this.context.evalCode(code, '/script.js')).dispose();
    this.pump();
  }

  /** Looks at the value of an expression. */
  look(expression: string): Node {
    const value = this.context.unwrapResult(this.context.evalCode(`(${expression}\n)`, '/script.js'));
    this.pump();
    return this.inspect(value);
  }

  /** Runs a cell to its end, or until nothing moves any more. */
  cell(code: string, file = `/cells/${++this.cells}.js`): Ending {
    const result = this.context.evalCode(code, file, asyncCell);
    if (result.error) return { state: 'rejected', node: this.inspect(result.error) };
    this.pump();
    const state = this.context.getPromiseState(result.value);
    try {
      if (state.type === 'pending') return { state: 'pending', node: null };
      if (state.type === 'rejected') return { state: 'rejected', node: this.inspect(state.error) };
      const value = this.context.getProp(state.value, 'value');
      state.value.dispose();
      return { state: 'fulfilled', node: this.inspect(value) };
    } finally {
      result.value.dispose();
    }
  }

  private inspect(value: QuickJSHandle): Node {
    const json = this.callWith('inspect', value);
    const node = JSON.parse(this.context.getString(json)) as Node;
    json.dispose();
    return node;
  }

  private pump(): void {
    while (this.runtime.hasPendingJob()) this.context.unwrapResult(this.runtime.executePendingJobs(256));
  }

  private call(name: keyof KernelEntries, ...args: string[]): string {
    const result = this.callWith(name, ...args.map((arg) => this.context.newString(arg)));
    const text = this.context.getString(result);
    result.dispose();
    return text;
  }

  /** Disposes of the arguments. */
  private callWith(name: keyof KernelEntries, ...args: QuickJSHandle[]): QuickJSHandle {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new Error(`the kernel has no entry ${name}`);
    try {
      return this.context.unwrapResult(this.context.callFunction(entry, this.context.undefined, ...args));
    } finally {
      for (const arg of args) if (arg.alive) arg.dispose();
    }
  }

  private operation([operation, ...args]: QuickJSHandle[]): QuickJSHandle | undefined {
    const { context } = this;
    const [first, second, third] = args;
    if (operation === undefined || first === undefined)
      throw new Error('the kernel called without an operation');
    switch (context.getString(operation)) {
      case 'console':
        this.printed.push(JSON.parse(context.getString(first)) as ConsoleMessage);
        return undefined;
      case 'timer':
        if (second === undefined || third === undefined)
          throw new Error('a timer needs a delay and an owner');
        this.timers.set(context.getNumber(first), {
          delayMs: context.getNumber(second),
          owner: context.getString(third),
        });
        return undefined;
      case 'clear':
        this.timers.delete(context.getNumber(first));
        return undefined;
      case 'compute':
        return this.compute(context.getString(first), second, third);
      case 'promise':
        return this.promiseDetails(first);
      default:
        throw new Error(`the kernel called an unknown operation`);
    }
  }

  private compute(task: string, input?: QuickJSHandle, bytes?: QuickJSHandle): QuickJSHandle {
    const { context } = this;
    const text = input === undefined ? '' : context.getString(input);
    if (task === 'askedTime') return context.newNumber(NaN);
    const answer =
      task === 'decode'
        ? decode(text, (offset, length) => {
            const buffer = context.getArrayBuffer(bytes ?? context.undefined);
            return buffer.value.slice(offset, offset + length);
          })
        : computeTask(task as Parameters<typeof computeTask>[0], text);
    if (typeof answer === 'number') return context.newNumber(answer);
    if (typeof answer === 'string') return context.newString(answer);
    return context.newArrayBuffer(new Uint8Array(answer).buffer);
  }

  private promiseDetails(value: QuickJSHandle): QuickJSHandle | undefined {
    const { context } = this;
    const state = context.getPromiseState(value);
    if (state.type === 'fulfilled' && state.notAPromise) return undefined;
    const details = context.newArray();
    const name = context.newString(state.type);
    context.setProp(details, 0, name);
    name.dispose();
    if (state.type !== 'pending') {
      const result = state.type === 'fulfilled' ? state.value : state.error;
      context.setProp(details, 1, result);
      result.dispose();
    }
    return details;
  }
}
