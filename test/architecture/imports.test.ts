import { describe, expect, it } from 'vitest';
import { breachesOf, longerFiles, maxLines, rules } from './rules.ts';
import { readSources, sourceOf } from './source.ts';

const sources = readSources(['lib', 'functions', 'cdk', 'bench', 'test']);

/** The breaches of a house of these files only, by rule. */
const breachedIn = (files: Readonly<Record<string, string>>): readonly string[] =>
  breachesOf(new Map(Object.entries(files).map(([path, text]) => [path, sourceOf(path, text)]))).map(
    (breach) => breach.slice(0, breach.indexOf(':')),
  );

describe('the house', () => {
  it('keeps every rule', () => {
    expect(breachesOf(sources)).toEqual([]);
  });

  it('has looked at it all', () => {
    const gateway = sources.get('functions/gateway/handler.ts');
    expect(gateway?.imports.map(({ of }) => of)).toContain('functions/gateway/create-handler.ts');
    const imports = [...sources.values()].flatMap((source) => source.imports);
    const unknown = imports.filter(
      ({ of }) => /^(?:lib|functions|cdk|bench|test)\/.*\.ts$/.test(of) && !sources.has(of),
    );
    expect(unknown).toEqual([]);
    expect(imports.length).toBeGreaterThan(500);
  });

  it('excuses no file that needs no excuse', () => {
    const needless = Object.keys(longerFiles).filter((path) => (sources.get(path)?.lines ?? 0) <= maxLines);
    expect(needless).toEqual([]);
  });
});

const lazily = `export const load = () => import('./anthropic/index.ts');`;

/** Rule -> houses that break it. */
const broken: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  'one direction': [
    { 'lib/domain/chat.ts': `import type { Route } from '../dialects/routes.ts';` },
    { 'lib/routing/select.ts': `import { classify } from '../health/failure-class.ts';` },
    { 'lib/identity/a.ts': `export { serve } from '../pipeline.ts';` },
    { 'lib/health/a.ts': `export * from '../../functions/gateway/gateway.ts';` },
    { 'lib/execution/a.ts': `import {\n  openAiClient,\n  type B,\n} from '../dialects/openai/client.ts';` },
    { 'lib/stores/a.ts': `import { compile } from '../policy/compile.ts';` },
    { 'functions/gateway/a.ts': `import '../local/main.ts';` },
    { 'lib/admin/a.ts': `import { classify } from '../health/failure-class.ts';` },
    { 'functions/admin/a.ts': `import { createGateway } from '../gateway/gateway.ts';` },
    { 'cdk/app.ts': `const a = await import('../lib/pipeline.ts');` },
    { 'lib/routing/a.ts': `// from 'x'\nconst quote = /'/; import { a } from "../policy/globs.ts";` },
  ],
  'administration stands apart': [
    { 'lib/pipeline/a.ts': `import { administer } from '../admin.ts';` },
    { 'functions/gateway/a.ts': `const a = () => import('../../lib/admin/routes.ts');` },
  ],
  'a part for every file': [{ 'lib/utils/strings.ts': '' }],
  'I/O at the edge': [
    { 'lib/routing/a.ts': `import { readFileSync } from 'node:fs';` },
    { 'lib/pipeline.ts': `import * as https from 'node:https';` },
    { 'lib/policy/a.ts': `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';` },
    { 'lib/execution/a.ts': `console.log('here');` },
    { 'lib/dialects/a.ts': 'const page = `${await fetch(url)}`;' },
    { 'lib/health/a.ts': `import { setTimeout as sleep } from 'node:timers/promises';` },
  ],
  'clock and randomness are ports': [
    { 'lib/routing/a.ts': 'const at = Date.now();' },
    { 'lib/accounting/a.ts': 'const day = new Date().getDay();' },
    { 'lib/execution/a.ts': 'setTimeout(retry, 100);' },
    { 'lib/policy/a.ts': 'const pick = Math.random;' },
    { 'lib/stores/a.ts': `import { randomUUID } from 'node:crypto';` },
  ],
  'the environment is read by functions': [{ 'lib/telemetry.ts': `const level = process.env['LEVEL'];` }],
  'dialects load when first needed': [
    { 'lib/dialects/index.ts': `import { gemini } from './gemini/index.ts';` },
    { 'lib/dialects/bedrock/a.ts': `import { b } from '../anthropic/stream.ts';` },
    { 'lib/dialects/gemini/a.ts': `import { traitsOf } from '../anthropic/models.ts';` },
    { 'lib/pipeline/a.ts': `const b = () => import('../dialects/bedrock/index.ts');` },
    { 'functions/local/a.ts': `export { c } from '../../lib/dialects/bedrock/frames.ts';` },
  ],
  'a lean gateway': [
    { 'functions/gateway/handler.ts': `import * as z from 'zod';` },
    {
      'functions/gateway/handler.ts': `import { a } from './gateway.ts';`,
      'functions/gateway/gateway.ts': `export { a } from '../../lib/policy/document.ts';`,
      'lib/policy/document.ts': `import { parse } from 'yaml';`,
    },
    {
      'functions/gateway/handler.ts': `import { a } from '../../lib/policy/rules/condition.ts';`,
      'lib/policy/rules/condition.ts': `import { Environment } from '@marcbachmann/cel-js/evaluator';`,
    },
    {
      'functions/gateway/handler.ts': `import { a } from '../../lib/policy/rules/patterns.ts';`,
      'lib/policy/rules/patterns.ts': `import { RE2JS } from '@bufbuild/re2';`,
    },
  ],
  'the generator stays at build time': [
    { 'lib/accounting/catalog.ts': `import { write } from './catalog/generate.ts';` },
  ],
  'zod as a namespace': [
    { 'lib/policy/a.ts': `import { z } from 'zod';` },
    { 'functions/local/a.ts': `import z from 'zod';` },
  ],
  'honest types': [
    { 'lib/domain/a.ts': 'export const a = (b: any): string => b;' },
    { 'lib/domain/a.ts': 'export type A = Record<string, any>;' },
    { 'test/unit/a.ts': 'const a = b as any;' },
    { 'cdk/a.ts': 'const a = list[0]!;' },
    { 'bench/a.ts': 'const a = `${map.get(key)!.name}`;' },
  ],
  'no suppressions, no promises': [
    { 'lib/domain/a.ts': '// @ts-expect-error: types are wrong' },
    { 'test/unit/a.ts': '/* TODO: more cases */' },
  ],
  'files of a size to read': [{ 'cdk/a.ts': 'const a = 1;\n'.repeat(201) }],
};

describe.each(rules.map(({ name }) => name))('the rule "%s"', (name) => {
  const houses = broken[name] ?? [];

  it('has an example of its breach', () => {
    expect(houses).not.toEqual([]);
  });

  it.each(houses)('is broken by %j', (house) => {
    expect(breachedIn(house)).toContain(name);
  });
});

describe('what is allowed', () => {
  it.each<Readonly<Record<string, string>>>([
    { 'lib/execution/a.ts': `import type { Exchange } from '../dialects/contract.ts';` },
    { 'lib/execution/a.ts': `import { classify } from '../health/failure-class.ts';` },
    { 'lib/pipeline/a.ts': `import { decide } from '../routing/decide.ts';` },
    { 'lib/dialects/index.ts': lazily },
    { 'lib/dialects/bedrock/a.ts': `import { traitsOf } from '../anthropic/models.ts';` },
    { 'cdk/a.ts': `import { tables } from '../lib/stores/schema.ts'; const env = process.env;` },
    { 'lib/transport/a.ts': `import * as https from 'node:https'; const at = Date.now();` },
    { 'lib/policy/document-schema.ts': `import * as z from 'zod';` },
    { 'lib/telemetry.ts': 'console.log(1);' },
    { 'functions/local/a.ts': `import { createHandler } from '../gateway/create-handler.ts';` },
    { 'functions/local/a.ts': `import { adminRoutes } from '../../lib/admin/routes.ts';` },
    { 'cdk/a.ts': `import { adminRoutes } from '../lib/admin/routes.ts';` },
    { 'lib/admin/a.ts': `import { windowAt } from '../accounting/quota/windows.ts';` },
    { 'functions/admin/a.ts': `import { b } from './b.ts'; const env = process.env;` },
    { 'lib/domain/a.ts': `const day = new Date(nowMs); const said = 'any, Date.now() and TODO';` },
    { 'lib/domain/a.ts': '// Comes from any provider! `fetch(` is banned, import("x") too.' },
    {
      'lib/domain/a.ts': 'const a = !b && b !== c; const d = `${{ e: `${f}!` }.e} any!`; const g = /any!|"/;',
    },
    { 'lib/domain/a.ts': 'const half = (a + b) / 2; const c = "x".split("/"); export const d = a / b;' },
    { 'functions/gateway/handler.ts': `import type * as z from 'zod'; void import('yaml');` },
    {
      'functions/gateway/handler.ts': `import { a } from '../../lib/policy/rules/load.ts';`,
      'lib/policy/rules/load.ts': `const a = import('./condition.ts');`,
      'lib/policy/rules/condition.ts': `import { Environment } from '@marcbachmann/cel-js/evaluator';`,
    },
  ])('%j', (house) => {
    expect(breachedIn(house)).toEqual([]);
  });
});
