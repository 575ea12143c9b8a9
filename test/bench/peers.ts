/** What vm-system is measured beside, in the same run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant, type QuickJSContext } from 'quickjs-emscripten-core';

/** `node -i` over a pipe: state, but no walls, no log and no durability. */
export class NodeRepl {
  readonly #child = spawn(process.execPath, ['-i'], { stdio: ['pipe', 'pipe', 'ignore'] });
  #output = '';
  #marks = 0;

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Runs a line and waits for its end. */
  async run(code: string): Promise<void> {
    const mark = `__done_${++this.#marks}__`;
    this.#output = '';
    this.#child.stdin.write(`${code}\n'${mark.slice(0, 4)}' + '${mark.slice(4)}'\n`);
    while (!this.#output.includes(`'${mark}'`)) await once(this.#child.stdout, 'data');
  }

  async close(): Promise<void> {
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}

/** A bare quickjs-emscripten loop: the engine alone, in this thread, nothing kept. */
export async function bareEngine(): Promise<{
  context: QuickJSContext;
  run(code: string): void;
  lines(): number;
}> {
  // The package's types describe its CommonJS form, where the variant is one level deeper.
  const quickjs = await newQuickJSWASMModuleFromVariant('default' in variant ? variant.default : variant);
  const context = quickjs.newContext();
  let lines = 0;
  const log = context.newFunction('log', (...args) => {
    lines += args.map((each) => context.getString(each)).length > 0 ? 1 : 0;
  });
  const console = context.newObject();
  context.setProp(console, 'log', log);
  context.setProp(context.global, 'console', console);
  return {
    context,
    run: (code) => context.unwrapResult(context.evalCode(code)).dispose(),
    lines: () => lines,
  };
}
