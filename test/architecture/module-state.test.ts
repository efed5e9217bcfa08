import { describe, expect, it } from 'vitest';
import { readSources, type Source, sourceOf } from './source.ts';

// One environment may serve many requests at a time, in one thread: what a module holds, all of them share.

/** What of the gateway changes at module scope all the same, and why no request finds another's there. */
const shared: Readonly<Record<string, string>> = {
  'lib/dialects/index.ts: loaded': 'dialects once imported, the same for every request',
  'lib/dialects/openai/event-stream.ts: blankLines':
    'set and used in two lines between which nothing else runs',
  'lib/dialects/translate.ts: neutralForms': 'weak, and its keys are the requests themselves',
  'lib/policy/rules/rule-context.ts: contexts': 'weak, and its keys are the facts of one request',
  'lib/policy/rules/rule-context.ts: maps': 'weak, and its keys are records of one request',
};

/** Begins in the first column: prettier indents everything that is inside of something. */
const binding = /^(?:export )?(?<kind>let|var|const) (?<name>\w+)/gm;
const mutableStatic =
  /^ +(?:(?:public|private|protected|override) )*static (?!readonly\b)(?<name>#?\w+)(?: *[=;:!])/gm;

/** Whether a file changes what this constant holds, by an assignment into it or by a method that does. */
const changes = (code: string, name: string): boolean =>
  new RegExp(
    `(?<![\\w.#])${name}\\s*(?:` +
      String.raw`(?:\??\.\w+|\[[^\]]*\])+\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>])` +
      String.raw`|\??\.(?:set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)\(` +
      String.raw`|(?:\??\.\w+|\[[^\]]*\])+\s*(?:\+\+|--))`,
  ).test(code);

function stateOf({ path, code }: Source): readonly string[] {
  const bindings = [...code.matchAll(binding)].map(({ groups = {} }) => groups);
  const changing = bindings.filter(({ kind, name = '' }) => kind !== 'const' || changes(code, name));
  const statics = [...code.matchAll(mutableStatic)].map(({ groups = {} }) => groups);
  return [...changing, ...statics].map(({ name }) => `${path}: ${name}`);
}

/** Everything a file loads, now or when first needed. */
function loadedBy(entry: string, sources: ReadonlyMap<string, Source>): readonly Source[] {
  const seen = new Map<string, Source>();
  const visit = (path: string): void => {
    const source = sources.get(path);
    if (source === undefined || seen.has(path)) return;
    seen.set(path, source);
    for (const { kind, of } of source.imports) if (kind !== 'type') visit(of);
  };
  visit(entry);
  return [...seen.values()];
}

const gateway = loadedBy('functions/gateway/handler.ts', readSources(['lib', 'functions']));

describe('the modules of the gateway', () => {
  it('hold nothing that changes, but for what all requests may share', () => {
    expect(gateway.length).toBeGreaterThan(200);
    expect(gateway.flatMap(stateOf).toSorted()).toEqual(Object.keys(shared).toSorted());
  });

  it.each([
    ['let last = 0;', 'last'],
    ['export let last: string | undefined;', 'last'],
    ['const seen = new Set<string>();\nexport const see = (id: string) => {\n  seen.add(id);\n};', 'seen'],
    ['const byId = new Map();\nfunction put(id, v) {\n  byId.set(id, v);\n}', 'byId'],
    ['const queue: string[] = [];\nconst put = (v) => {\n  queue.push(v);\n};', 'queue'],
    ['const current = { id: "" };\nconst put = (v) => {\n  current.id = v;\n};', 'current'],
    ['const counts = {};\nconst put = (v) => {\n  counts[v] ??= 0;\n};', 'counts'],
    ['const counts = { all: 0 };\nconst put = () => {\n  counts.all++;\n};', 'counts'],
    ['const counts = { all: 0 };\nconst put = () => {\n  counts.all += 1;\n};', 'counts'],
    ['export class Cache {\n  static entries = new Map();\n}', 'entries'],
    ['export class Cache {\n  static #last: string;\n}', '#last'],
  ])('would be caught with %s', (code, name) => {
    expect(stateOf(sourceOf('lib/x.ts', code))).toEqual([`lib/x.ts: ${name}`]);
  });

  it.each([
    'const limits = new Map([["a", 1]]);\nexport const limit = (id) => limits.get(id);',
    'export class Ids {\n  static readonly none = new Ids();\n  static of(id: string) {\n    return new Ids(id);\n  }\n}',
    'const known = { a: 1 };\nexport const is = (v) => known.a === v && known["a"] >= v;',
    'export function count() {\n  let all = 0;\n  const seen = [];\n  seen.push(all);\n  return seen;\n}',
  ])('may have %s', (code) => {
    expect(stateOf(sourceOf('lib/x.ts', code))).toEqual([]);
  });
});
