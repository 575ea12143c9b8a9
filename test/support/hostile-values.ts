/** Values that run code of their own when they are handled carelessly. */

/**
 * Each setup leaves something in `value` that would run `touch()` if it were handled carelessly; `shown` is what must
 * be seen instead.
 */
export const hostile: readonly (readonly [what: string, setup: string, shown: RegExp])[] = [
  ['a getter', 'value = { get x() { touch(); return 1 } }', /^\{ x: \[Getter\] \}$/],
  [
    'a getter on an array',
    'value = [1]; Object.defineProperty(value, 0, { get: touch, enumerable: true })',
    /^\[ \[Getter\] \]$/,
  ],
  ['a getter of the prototype', 'value = new (class A { get x() { return touch() } })()', /^A \{\}$/],
  [
    'toString, valueOf and toJSON',
    'value = { toString: touch, valueOf: touch, toJSON: touch }',
    /toJSON: \[Function: touch\]/,
  ],
  ['Symbol.toPrimitive', 'value = { [Symbol.toPrimitive]: touch }', /Symbol\.toPrimitive/],
  ['a tag that a getter tells', 'value = { get [Symbol.toStringTag]() { return touch() } }', /\[Getter\]/],
  [
    'a tag getter of the class',
    'value = new (class A { get [Symbol.toStringTag]() { return touch() } })()',
    /^A \{\}$/,
  ],
  [
    'a proxy with every trap',
    'value = new Proxy({ seen: 1 }, new Proxy({}, { get: () => touch }))',
    /^\{ seen: 1 \}$/,
  ],
  [
    'a proxy of a function',
    'value = new Proxy(function f() {}, { get: touch, apply: touch, getPrototypeOf: touch })',
    /^\[Function: f\]$/,
  ],
  [
    'a proxy inside a Map',
    'value = new Map([[new Proxy({}, { ownKeys: touch, getPrototypeOf: touch }), 1]])',
    /Map\(1\)/,
  ],
  [
    'a proxy as prototype',
    'value = Object.create(new Proxy({}, { get: touch, getOwnPropertyDescriptor: touch, getPrototypeOf: touch, has: touch }))',
    /\{\}/,
  ],
  [
    'a proxy as constructor',
    'value = { constructor: new Proxy(class X {}, { get: touch, getOwnPropertyDescriptor: touch }) }',
    /constructor/,
  ],
  [
    'Symbol.hasInstance',
    'class A { static [Symbol.hasInstance]() { touch() } }; value = Object.create(A.prototype)',
    /^A \{\}$/,
  ],
  [
    'a constructor whose name is a getter',
    'class A { static get name() { return touch() } }; value = new A()',
    /\{\}/,
  ],
  [
    'a function whose name is a getter',
    'value = Object.defineProperty(() => {}, "name", { get: touch })',
    /Function/,
  ],
  [
    'an error whose stack is a getter',
    'value = Object.defineProperty(new Error("m"), "stack", { get: touch })',
    /^\[Error: m\]$/,
  ],
  [
    'an error whose message is a getter',
    'value = new Error(); Object.defineProperty(value, "message", { get: touch })',
    /^\[?Error\b(?!:)/,
  ],
  [
    'an error whose name is a getter of its class',
    'value = new (class E extends Error { get name() { return touch() } })("m")',
    /m/,
  ],
  [
    'an error whose cause is a getter',
    'value = Object.defineProperty(new Error("m"), "cause", { get: touch })',
    /\[cause\]: \[Getter\]/,
  ],
  [
    'a patched Map.prototype',
    'value = new Map([[1, 2]]); Map.prototype.entries = Map.prototype[Symbol.iterator] = Map.prototype.get = touch; Object.defineProperty(Map.prototype, "size", { get: touch })',
    /Map\(1\) \{ 1 => 2 \}/,
  ],
  [
    'patched iterators',
    'value = new Set([1]); Object.getPrototypeOf(new Set().values()).next = touch; Array.prototype[Symbol.iterator] = touch',
    /Set\(1\) \{ 1 \}/,
  ],
  [
    'a patched Date.prototype',
    'value = new Date(0); Date.prototype.toISOString = Date.prototype.getTime = touch',
    /^1970-01-01T00:00:00\.000Z$/,
  ],
  [
    'a patched RegExp.prototype',
    'value = /a/g; for (const k of ["source", "flags", "global"]) Object.defineProperty(RegExp.prototype, k, { get: touch }); RegExp.prototype.toString = touch',
    /^\/a\/g$/,
  ],
  [
    'patched promises',
    'value = Promise.resolve(1); Promise.prototype.then = touch; Object.defineProperty(value, "constructor", { get: touch })',
    /Promise \{/,
  ],
  ['a thenable', 'value = { then: touch }', /then/],
  [
    'setters on Object.prototype',
    'value = { a: { b: [1] } }; for (const k of ["kind", "class", "object", "outer", "value", "get", "enumerable", "__proto__x", "0", "1"]) Object.defineProperty(Object.prototype, k, { __proto__: null, set: touch, get: touch, configurable: true })',
    /^\{ a: \{ b: \[ 1 \] \} \}$/,
  ],
  [
    'setters on Array.prototype',
    'value = [[1, [2]], new Map([[1, 2]])]; for (const k of [0, 1, 2, "length2"]) Object.defineProperty(Array.prototype, k, { set: touch, get: touch, configurable: true })',
    /^\[ \[ 1, \[ 2 \] \], Map\(1\) \{ 1 => 2 \} \]$/,
  ],
  [
    'toJSON on every prototype',
    'value = [{ a: "s" }]; Object.prototype.toJSON = String.prototype.toJSON = Array.prototype.toJSON = touch',
    /^\[ \{ a: 's' \} \]$/,
  ],
  [
    'replaced globals',
    'value = { a: [1, "x"] }; JSON.stringify = Reflect.ownKeys = Object.getOwnPropertyDescriptor = Object.getPrototypeOf = Array.isArray = String = Number = touch; globalThis.Map = globalThis.WeakMap = globalThis.Proxy = touch',
    /^\{ a: \[ 1, 'x' \] \}$/,
  ],
  [
    'patched Function.prototype',
    'value = { f() {} }; Function.prototype.call = Function.prototype.apply = Function.prototype.bind = Function.prototype.toString = touch',
    /f: \[Function: f\]/,
  ],
  [
    'patched string methods',
    'value = { a: "x".repeat(20) }; for (const k of Object.getOwnPropertyNames(String.prototype)) if (typeof ""[k] === "function") String.prototype[k] = touch',
    /x{20}/,
  ],
  [
    'a tag on Object.prototype',
    'value = { a: 1 }; Object.defineProperty(Object.prototype, Symbol.toStringTag, { get: touch })',
    /a: 1/,
  ],
  [
    'a typed array subclass with species',
    'value = new (class T extends Uint8Array { static get [Symbol.species]() { return touch() } get length() { return touch() } })(2)',
    /T\(2\) \[Uint8Array\] \[ 0, 0 \]/,
  ],
  [
    'an array subclass with a length trap',
    'value = new Proxy([1, 2], { get: touch, has: touch, ownKeys: touch })',
    /^\[ 1, 2 \]$/,
  ],
  [
    'a custom inspection function',
    'value = { [Symbol.for("nodejs.util.inspect.custom")]: touch, inspect: touch }',
    /inspect: \[Function: touch\]/,
  ],
  ['a generator', 'value = (function* () { touch(); yield 1 })()', /\[Generator\]/],
  [
    'boxed primitives with own conversions',
    'value = Object.assign(new Number(1), { valueOf: touch, toString: touch })',
    /\[Number: 1\]/,
  ],
  [
    'WeakMap methods',
    'value = [new WeakMap(), {}]; WeakMap.prototype.has = WeakMap.prototype.get = touch',
    /WeakMap/,
  ],
  [
    'an index setter on Array.prototype and a sparse array',
    'Object.defineProperty(Array.prototype, "1", { get: touch, set: touch, configurable: true }); value = [1, , 3]',
    /^\[ 1, <1 empty item>, 3 \]$/,
  ],
  [
    'an array whose constructor has a species',
    'value = [1]; value.constructor = { get [Symbol.species]() { return touch() } }',
    /^\[ 1, constructor: /,
  ],
  [
    'an array of a class with an iterator and a species',
    'value = (class L extends Array { static get [Symbol.species]() { return touch() } *[Symbol.iterator]() { touch() } }).from({ length: 1 }); value.fill(7)',
    /^L\(1\) \[ 7 \]$/,
  ],
  [
    "node's inspection hook as a getter",
    'value = { get [Symbol.for("nodejs.util.inspect.custom")]() { return touch() } }',
    /nodejs\.util\.inspect\.custom\)\]: \[Getter\]/,
  ],
  ['toJSON as a getter', 'value = { get toJSON() { return touch() } }', /^\{ toJSON: \[Getter\] \}$/],
  [
    'a revoked proxy',
    'value = Proxy.revocable({}, { get: touch }); value.revoke(); value = [value.proxy]',
    /^\[ <Revoked Proxy> \]$/,
  ],
  [
    'a proxy with getPrototypeOf and ownKeys inside an array',
    'value = [new Proxy({ a: 1 }, { getPrototypeOf: touch, ownKeys: touch, getOwnPropertyDescriptor: touch, has: touch })]',
    /^\[ \{ a: 1 \} \]$/,
  ],
  [
    'a proxy as the handler of a proxy as the cause of an error',
    'value = new Error("m", { cause: new Proxy({ a: 1 }, new Proxy({}, { get: () => touch })) })',
    /\[cause\]: \{ a: 1 \}/,
  ],
  [
    'a Map subclass with its own iterator, size and entries',
    'value = new (class M extends Map { *[Symbol.iterator]() { touch() } get size() { return touch() } entries() { touch() } })([[1, 2]])',
    /^M\(1\) \[Map\] \{ 1 => 2 \}$/,
  ],
  [
    'a Set subclass with forEach and values of its own',
    'value = new (class S extends Set { forEach() { touch() } values() { touch() } })([1])',
    /^S\(1\) \[Set\] \{ 1 \}$/,
  ],
  [
    'a typed array with a shadowed length and buffer',
    'value = Object.defineProperties(new Uint8Array(2), { length: { get: touch }, buffer: { get: touch }, byteLength: { get: touch } })',
    /^Uint8Array\(2\) \[ 0, 0 \]$/,
  ],
  [
    'an ArrayBuffer with a shadowed byteLength and slice',
    'value = Object.defineProperties(new ArrayBuffer(1), { byteLength: { get: touch }, slice: { value: touch } })',
    /^ArrayBuffer \{ \[Uint8Contents\]: <00>, byteLength: 1 \}$/,
  ],
  [
    'a class whose static name is a getter',
    'value = class { static get name() { return touch() } }',
    /^\[class \(anonymous\)\]$/,
  ],
  [
    'a class whose parent is a proxy',
    'value = class A extends new Proxy(class B {}, {}) {}; Object.setPrototypeOf(value, new Proxy(class B {}, { get: touch, getPrototypeOf: touch, getOwnPropertyDescriptor: touch }))',
    /^\[class A\b/,
  ],
  ['a thenable with a getter', 'value = { get then() { return touch() } }', /^\{ then: \[Getter\] \}$/],
  [
    'an async iterator',
    'value = { [Symbol.asyncIterator]: touch, [Symbol.iterator]: touch, next: touch, return: touch }',
    /next: \[Function: touch\]/,
  ],
  [
    'an error whose own name and toString run code',
    'value = Object.defineProperties(new Error("m"), { name: { get: touch }, toString: { value: touch } })',
    /m/,
  ],
  [
    'an AggregateError whose errors are a getter',
    'value = Object.defineProperty(new AggregateError([], "m"), "errors", { get: touch })',
    /\[errors\]: \[Getter\]/,
  ],
  [
    'a boxed string with own indices and iterator',
    'value = Object.assign(new String("ab"), { [Symbol.iterator]: touch, toString: touch })',
    /^\[String: 'ab'\]/,
  ],
  [
    'a date with its own conversions',
    'value = Object.defineProperties(new Date(0), { toISOString: { value: touch }, valueOf: { value: touch }, [Symbol.toPrimitive]: { value: touch } })',
    /^1970-01-01T00:00:00\.000Z/,
  ],
  [
    'a regular expression with its own source, flags and exec',
    'value = Object.defineProperties(/a/g, { source: { get: touch }, flags: { get: touch }, exec: { value: touch }, lastIndex: { value: 0 } })',
    /^\/a\/g$/,
  ],
  [
    'a promise with its own then and species',
    'value = new (class P extends Promise { static get [Symbol.species]() { return touch() } then() { touch() } })(() => {})',
    /^P \[Promise\] \{ <pending> \}$/,
  ],
  [
    'an arguments object with a getter',
    'value = (function () { return Object.defineProperty(arguments, 0, { get: touch }) })(1)',
    /Arguments/,
  ],
  [
    'a chain of prototypes with getters for everything that is asked',
    'value = Object.create(Object.defineProperties({}, { constructor: { get: touch }, name: { get: touch }, [Symbol.toStringTag]: { get: touch }, length: { get: touch } }))',
    /\{\}$/,
  ],
  [
    'a function with toString, apply and bind of its own',
    'value = Object.defineProperties(function f() {}, { toString: { value: touch }, apply: { value: touch }, bind: { value: touch }, prototype: { value: null } })',
    /^\[Function: f\]$/,
  ],
];
