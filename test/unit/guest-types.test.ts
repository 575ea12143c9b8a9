import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { globalNames } from '../support/global-names.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const declaration = file('types/vm-system.d.ts');
const sample = file('test/fixtures/guest/types/sample.ts');

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  lib: ['lib.esnext.d.ts'],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  noEmit: true,
};

const parsed = new Map<string, ts.SourceFile>();

/** A program of the declaration and one text. */
function programOf(text: string): ts.Program {
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (name === sample) return ts.createSourceFile(name, text, ts.ScriptTarget.ESNext);
    const read = parsed.get(name) ?? readSource(name, ...rest);
    if (read !== undefined) parsed.set(name, read);
    return read;
  };
  return ts.createProgram([declaration, sample], options, host);
}

const problemsOf = (text: string): string[] => {
  const program = programOf(text);
  return [
    ...program.getSyntacticDiagnostics(program.getSourceFile(sample)),
    ...program.getSemanticDiagnostics(program.getSourceFile(sample)),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

describe('the type declaration for guest code', () => {
  it('accepts a program that uses everything', () => {
    assert.deepEqual(problemsOf(readFileSync(sample, 'utf8')), []);
  });

  it('rejects what a session would not do', () => {
    const wrong: readonly (readonly [code: string, problem: RegExp])[] = [
      ['document.title', /Cannot find name 'document'/],
      ['process.env', /Cannot find name 'process'/],
      ['Buffer.from("x")', /Cannot find name 'Buffer'/],
      ['import zlib from "node:zlib"', /Cannot find (module|name) 'node:zlib'/],
      ['import { env } from "vm:environment"', /Cannot find module/],
      ['new URL(5)', /not assignable/],
      ['new AbortSignal()', /private/],
      [
        'import { readFileSync } from "fs"; const bytes: Uint8Array = readFileSync("x")',
        /'string' is not assignable/,
      ],
      ['import { readFileSync } from "fs"; readFileSync("x", "latin1")', /No overload/],
      ['import { run } from "exec"; run(["ls"])', /not assignable/],
      ['import { open } from "database"; open()', /Expected 1 arguments/],
      ['display.chart(1)', /'chart' does not exist/],
      ['setTimeout("code", 5)', /not assignable/],
      ['crypto.subtle', /'subtle' does not exist/],
    ];
    const accepted = wrong.filter(
      ([code, problem]) => !problemsOf(`${code};\nexport {};`).some((each) => problem.test(each)),
    );
    assert.deepEqual(accepted, []);
  });

  it('declares exactly the globals that are ours', () => {
    const program = programOf('export {};');
    const declared = program
      .getTypeChecker()
      .getSymbolsInScope(program.getSourceFile(declaration) ?? assert.fail(), ts.SymbolFlags.Value)
      .filter(({ declarations }) =>
        declarations?.some((each) => each.getSourceFile().fileName === declaration),
      )
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('"')); // a module
    const { web, session, granted, perRun } = globalNames;
    assert.deepEqual(declared.sort(), [...web, ...session, ...granted, ...perRun].sort());
  });
});
