/** Why a cell may end otherwise than in node's REPL. */

// On purpose, for people at a prompt.
export const redeclared = 'on purpose: names can be declared again, also after a failed initialiser';
export const constants =
  'on purpose: a constant of the top level can be assigned, as its cell can be run again';
export const sessionNames = 'on purpose: names of cells are properties of the global object';
export const noDeadZone = 'on purpose: a name of the top level is there from the start of its cell';
export const strict = 'on purpose: sessions are strict unless their template says otherwise';
export const awaitValue = 'on purpose: statements with await have completion values, too';
export const imports = 'on purpose: static imports work, and export says what to do instead';
export const dryQueue = 'on purpose: a cell ends when its promise jobs are done';

// On purpose, as looking at a value runs no guest code and shows no host.
export const targets = 'on purpose: a proxy is shown as its target, as console.log of node does';
export const iterators = 'on purpose: what an iterator will yield is not asked';
export const noGuestCode = 'on purpose: getters and toString of the guest are not run';
export const hiddenText = 'on purpose: the source text of a function is not printed for %s';
export const hiddenProperties = 'on purpose: %o does not list hidden properties';
export const prototypeChain = 'on purpose: a prototype without a constructor is not drawn';
export const noThrow = 'on purpose: printing does not throw';
export const noColours = 'on purpose: text comes without colours';
export const standardAssert = 'on purpose: as the console standard says, a value is not turned into text';
export const warnings = 'on purpose: this goes to the console; node writes it to its own stderr';

// The engine is another one.
export const wording = 'the engine words it so';
export const newer = 'the engine and node 20 know different parts of the newest language';
export const syntaxPlace = 'the engine reports a syntax error at the token where it gave up';
export const statementPlace = 'the engine reports only the statement or function';
export const assignmentPlace = 'the property or statement is reported; V8 says the equals sign';
export const nativePlace = 'the frame that calls native code is shown where V8 shows none';
export const namePlace = 'the name that failed is reported; V8 says the operator before it';
export const throwPlace = 'the engine notes where an error without a stack is thrown';
export const stackOverflow = 'the engine has an error of its own for a full stack';

// Node's REPL does something odd.
export const awaitPlace = 'node counts the function that it wraps around a cell with await';
export const marks = 'node marks the promises that its REPL follows';
