import { evaluate } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleFacts } from '../../../../lib/domain/rules.ts';
import { variableNames } from '../../../../lib/policy/rules/variables.ts';
import { compile, condition } from './compile.ts';
import { factsOf } from './facts.ts';

const text = fc.oneof(
  fc.constantFrom('', 'gpt-5', 'gold', 'x-tier', 'constructor', '__proto__', '🚢'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const record = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__'), value, { maxKeys: 4 });

const facts: fc.Arbitrary<RuleFacts> = fc
  .record({
    model: text,
    provider: text,
    stream: fc.boolean(),
    headers: record(text),
    params: record(text),
    body: record(fc.oneof(text, fc.double(), fc.boolean())),
    hour: fc.oneof(fc.integer(), fc.double()),
    prompt_tokens: fc.oneof(fc.nat(), fc.double()),
    budget_used: fc.double(),
    request: fc.oneof(fc.nat(), fc.double()),
  })
  .map(factsOf);

/** Words of the grammar in any order: mostly nonsense, sometimes an expression. */
const words = fc
  .array(
    fc.oneof(
      fc.constantFrom(...variableNames),
      fc.constantFrom(
        '&&',
        '||',
        '!',
        '==',
        '!=',
        '<',
        '>=',
        'in',
        '+',
        '-',
        '*',
        '/',
        '%',
        '?',
        ':',
        '.',
        ',',
      ),
      fc.constantFrom(
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        "'a'",
        '"b"',
        "r'\\d'",
        '1',
        '2.5',
        '3u',
        '0x1F',
        'true',
        'null',
      ),
      fc.constantFrom(
        '.matches(',
        '.exists(x,',
        '.map(x,',
        '.all(headers,',
        'has(',
        'size(',
        '.startsWith(',
        'x',
      ),
      fc.constantFrom(
        'cel.bind(',
        '__proto__',
        'constructor',
        '.constructor',
        '\n',
        '//',
        "'\\u0000'",
        'ü',
        '`',
      ),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(' '));

/** Expressions of texts, maps and logic that all compile; the variables of no other type. */
const { bool } = fc.letrec<{ bool: string; text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      'model',
      "'a'",
      "'gold'",
      "''",
      "headers['a']",
      'headers.b',
      'body.a',
      "body['c']",
      "params['b']",
    ),
    fc.tuple(tie('bool'), tie('text'), tie('text')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    tie('text').map((a) => `{'a': ${a}}['a']`),
  ),
  bool: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'true',
      'false',
      'stream',
      "'a' in headers",
      'has(headers.b)',
      'has(body.a)',
      "'c' in body",
    ),
    fc
      .tuple(tie('text'), fc.constantFrom('==', '!='), tie('text'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc
      .tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool'))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('bool').map((a) => `!(${a})`),
    fc.tuple(tie('bool'), tie('bool'), tie('bool')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.tuple(tie('text'), tie('bool')).map(([a, b]) => `[${a}].exists(x, x == 'a' || ${b})`),
    tie('bool').map((a) => `params.all(x, ${a})`),
    tie('text').map((a) => `(${a}).startsWith('g')`),
  ),
}));

describe('any text as an expression', () => {
  it.each([
    ['words of the grammar', words],
    ['any characters', fc.string({ unit: 'binary', maxLength: 200 })],
    [
      'nesting',
      fc
        .tuple(fc.constantFrom('(', '[', '{', '!', '-', 'a.b(', '[1].map(x,', "''+"), fc.nat(4_096))
        .map(([part, times]) => part.repeat(times).slice(0, 4_096)),
    ],
  ])('is compiled or refused with a reason on one line, and never throws: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, facts, (expression, given) => {
        const compiled = compile(expression);
        if (compiled.ok) expect(typeof compiled.condition.matches(given)).toBe('boolean');
        else expect(compiled.problem).toMatch(/^(?:.+ \(line \d+, column \d+\)|is nested too deep)$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an expression of texts, maps and logic', () => {
  it('comes to what the evaluator alone makes of it, errors counting as no match', () => {
    let [accepted, matched, failed] = [0, 0, 0];
    fc.assert(
      fc.property(bool, facts, (expression, given) => {
        const { headers, params, body, model, stream } = given;
        const mapped = {
          model,
          stream,
          headers: new Map(Object.entries(headers)),
          params: new Map(Object.entries(params)),
          body: new Map(Object.entries(body)),
        };
        let expected = false;
        try {
          expected = evaluate(expression, mapped) === true;
        } catch {
          failed++;
        }
        if (expected) matched++;
        const compiled = compile(expression);
        // What is refused is a text beside a value of the body, whose type nobody knows beforehand.
        if (!compiled.ok) return;
        accepted++;
        expect(compiled.condition.matches(given)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(1_000);
    expect(matched).toBeGreaterThan(100);
    expect(failed).toBeGreaterThan(100);
  });

  it('throws on no facts', () => {
    const conditions = [
      "headers['a'] == 'gold' && prompt_tokens > 5",
      'hour >= 9 && hour < 17 || budget_used / request > 2',
      'body.a + 1 > body.b % 3',
      "headers.exists(name, headers[name].matches('^g+$'))",
      "int(params['a']) > 3 || model.substring(int(body.b)) == ''",
    ].map(condition);
    fc.assert(
      fc.property(facts, fc.constantFrom(...conditions), (given, { matches }) => {
        expect(typeof matches(given)).toBe('boolean');
      }),
    );
  });
});
