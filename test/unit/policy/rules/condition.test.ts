import { describe, expect, it } from 'vitest';
import { variableNames } from '../../../../lib/policy/rules/variables.ts';
import { condition, problem } from './compile.ts';
import { factsOf } from './facts.ts';

const matches = (expression: string, changes = {}): boolean =>
  condition(expression).matches(factsOf(changes));

describe('an expression', () => {
  it.each([
    ["model == 'gpt-5'"],
    ["model.startsWith('gpt-') && !model.endsWith('mini')"],
    ["model in ['gpt-4', 'gpt-5']"],
    ["provider == '' ? true : false"],
    ["request_type == 'chat' && !stream"],
    ["headers['x-tier'] == 'gold'"],
    ["'x-tier' in headers && !('x-other' in headers)"],
    ['has(body.user) && !has(body.nobody)'],
    ["body.user == 'bob' && body.store == true"],
    [
      "virtual_key_id == 'app' && virtual_key_name == 'The app' && team_id == 'research' && team_name == 'Research'",
    ],
    ["customer_id == '' && customer_name == '' && region == 'eu-central-1' && zone == 'eu'"],
    ["['gpt-4', 'gpt-5'].exists(name, name == model)"],
    ["headers.exists(name, name.startsWith('x-'))"],
    ["size(params) == 0 && size(['a'].filter(x, x == 'b')) == 0"],
    ["{'gpt-5': 'gold'}[model] == headers['x-tier']"],
    ["model.upperAscii() == 'GPT-5' // and a comment"],
    ["'Größe 🚢'.size() == 7 && 'Größe'.contains('öß')"],
  ])('is true: %s', (expression) => {
    expect(matches(expression)).toBe(true);
  });

  it.each([
    ['budget_used > 80'],
    ['budget_used > 80.0'],
    ['80 < budget_used'],
    ['budget_used == 81'],
    ['budget_used == 81.0'],
    ['budget_used != 80 && budget_used - 1 == 80.0'],
    ['tokens_used * 2 == 25 && tokens_used / 5 == 2.5'],
    ['request <= 0 && 0 == request'],
    ['prompt_tokens > 1000'],
    ['prompt_tokens > 1000.5'],
    ['prompt_tokens * 2 == 10000 && prompt_tokens + 0.5 > 5000'],
    ['hour >= 9 && hour < 17'],
    ['weekday in [1, 2, 3, 4, 5]'],
    ['hour % 2 == 0'],
    ['body.max_tokens > 1000'],
    ['body.max_tokens == 2000'],
    ['body.max_tokens + 1 > 2000'],
    ['body.max_tokens % 2 == 0'],
    ['body.max_tokens in [2000]'],
    ['body["temperature"] > 0.5 && body.temperature == 1'],
    ["int('7') + 1 == 8 && double('0.5') * 2 == 1"],
  ])('takes whole numbers and fractions alike: %s', (expression) => {
    expect(matches(expression)).toBe(true);
  });

  it.each([
    ["headers['x-other'] == 'a'"],
    ["headers['x-other'] != 'a'"],
    ["!(headers['x-other'] == 'a')"],
    ['body.nobody > 5'],
    ["params.page == '1'"],
    ['body.user > 5'],
    ["int(headers['x-tier']) > 5"],
    ['1 / 0 == 1'],
    ["model.substring(900) == ''"],
    ["body.user.matches('[0-9]')"],
  ])('does not match, and does not fail, where it cannot be evaluated: %s', (expression) => {
    expect(matches(expression)).toBe(false);
  });

  it('may be true beside what cannot be evaluated', () => {
    expect(matches("headers['x-other'] == 'a' || stream == false")).toBe(true);
    expect(matches("!(headers['x-other'] == 'a' && stream)")).toBe(true);
  });

  it('takes facts that are no whole numbers, or none at all, without failing', () => {
    expect(matches('prompt_tokens == 12', { prompt_tokens: 12.7 })).toBe(true);
    expect(matches('prompt_tokens >= 0', { prompt_tokens: Number.NaN })).toBe(false);
    expect(matches('budget_used > 1', { budget_used: Number.POSITIVE_INFINITY })).toBe(true);
  });

  it('reads no fact it does not mention', () => {
    const read: string[] = [];
    const facts = new Proxy(factsOf(), {
      get: (target, name) => (read.push(String(name)), Reflect.get(target, name)),
    });
    expect(condition("headers['x-tier'] == 'gold' && budget_used > 80").matches(facts)).toBe(true);
    expect(condition("model == 'other' && hour == 1").matches(facts)).toBe(false);
    expect(read).toEqual(['headers', 'budget_used', 'model']);
    // An entry that must be there is asked for first.
    expect(condition("budget_used > 80 && headers['x-other'] == 'a'").matches(facts)).toBe(false);
    expect(read).toEqual(['headers', 'budget_used', 'model']);
  });

  it('is the same for two requests that have nothing in common', () => {
    const gold = condition("headers['x-tier'] == 'gold' && body.user == 'bob'");
    const both = [factsOf(), factsOf({ headers: {} }), factsOf({ body: { user: 'eve' } }), factsOf()];
    expect([...both, ...both].map((facts) => gold.matches(facts))).toEqual([
      true,
      false,
      false,
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it('knows every fact', () => {
    const facts = factsOf();
    expect(variableNames).toEqual(Object.keys(facts));
  });
});

describe('names of request fields', () => {
  const odd: Record<string, string> = JSON.parse('{"constructor":"a","toString":"b","__proto__":"c"}');
  it.each([
    ["headers['constructor'] == 'a' && headers.constructor == 'a'"],
    ["headers['toString'] == 'b'"],
    ["headers['__proto__'] == 'c' && '__proto__' in headers"],
  ])('are nothing but names: %s', (expression) => {
    expect(matches(expression, { headers: odd })).toBe(true);
    expect(matches(expression)).toBe(false);
  });

  it('cannot make a rule be passed over', () => {
    for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'size', 'get']) {
      const headers = JSON.parse(`{"${name}":"x","x-tier":"gold"}`);
      expect(matches("headers['x-tier'] == 'gold'", { headers })).toBe(true);
      expect(matches("body.user == 'bob'", { body: { ...JSON.parse(`{"${name}":1}`), user: 'bob' } })).toBe(
        true,
      );
    }
  });

  it('are looked at for short texts of the body only', () => {
    expect(matches('size(body.user) == 4096', { body: { user: 'a'.repeat(4_096) } })).toBe(true);
    expect(matches('has(body.user)', { body: { user: 'a'.repeat(4_097) } })).toBe(false);
  });
});

describe('matches()', () => {
  it.each([
    ["model.matches('^gpt-[0-9]$')", true],
    ["model.matches('pt')", true],
    ["model.matches('^pt')", false],
    ["(model + '!').matches('5!$')", true],
    ["model // .matches('x')\n  .matches('gpt')", true],
    ["body.user.matches('^b')", true],
    ["headers.exists(name, headers[name].matches('^go'))", true],
    ["['a', 'gpt'].exists(name, model.matches('^gpt') && name == 'gpt')", true],
    ["model.matches('(?i)^GPT')", true],
    ["model.matches(r'^gpt-\\d$')", true],
    ['body.matches == 1', false],
  ])('%s', (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it('takes linear time', () => {
    const user = 'a'.repeat(4_000);
    expect(matches("body.user.matches('^(a+)+$')", { body: { user: `${user}!` } })).toBe(false);
    expect(matches("body.user.matches('^(a+)+$')", { body: { user } })).toBe(true);
    expect(matches("model.matches('(x+x+)+y')", { model: 'x'.repeat(256) })).toBe(false);
  });

  it.each([
    [
      'model.matches(provider)',
      'matches() takes a pattern that is written out, a text in quotes (line 1, column 1)',
    ],
    ["model.matches('a' + 'b')", /^matches\(\) takes a pattern/],
    ["['^(a+)+$'].exists(p, model.matches(p))", /^matches\(\) takes a pattern/],
    ['model.matches()', /^matches\(\) takes a pattern/],
    [
      "model.matches('(')",
      'has a pattern that is not RE2: error parsing regexp: missing closing ): `(` (line 1, column 15)',
    ],
    ["model.matches('(?=a)')", /^has a pattern that is not RE2: .*\(\?=/],
    ["model.matches('(a)\\\\1')", /^has a pattern that is not RE2/],
    ["model.matches('(a{1000}){1000}')", /^has a pattern that is not RE2: .*invalid repeat count/],
    [`model.matches('${'a'.repeat(513)}')`, /^has a pattern of over 512 characters/],
    ["model.matchesInLinearTime('a')", /^names no method of rules, received "matchesInLinearTime"/],
    ["matches(model, 'a')", /^names no function of rules, received "matches"/],
  ])('is refused: %s', (expression, expected) => {
    expect(problem(expression)).toMatch(expected);
  });
});

describe('what does not compile', () => {
  it.each([
    [
      'modle == "a"',
      'names no variable of rules, received "modle"; did you mean "model"? (line 1, column 1)',
    ],
    [
      'model == "a" &&\n  budget > 80',
      /^names no variable of rules, received "budget"; known are model, .*\(line 2, column 3\)$/,
    ],
    [
      "model.startswith('a')",
      'names no method of rules, received "startswith"; did you mean "startsWith"? (line 1, column 1)',
    ],
    [
      'sise(model) == 1',
      'names no function of rules, received "sise"; did you mean "size"? (line 1, column 1)',
    ],
    ['model ==', 'cannot be compiled: Unexpected token: EOF (line 1, column 9)'],
    ['model == ü', 'cannot be compiled: Unexpected character: ü (line 1, column 10)'],
    ["model == 'a", 'cannot be compiled: Unterminated string (line 1, column 10)'],
    ['', /^cannot be compiled/],
    ['model > 5', 'cannot be compiled: no such overload: string > int (line 1, column 1)'],
    ["headers['x'] == 5", /no such overload: string == int/],
    [
      'budget_used in [80]',
      'cannot be compiled: no such overload: double in list<int>; write whole numbers beside fractions as 80.0 (line 1, column 1)',
    ],
    ['model', 'must be true or false, and is of type string (line 1, column 1)'],
    [
      'body.store',
      'must be true or false, and is of type dyn; compare it, such as with "== true" (line 1, column 1)',
    ],
    ['stream ? 1 : 2', /^must be true or false, and is of type int/],
    ['model.id == "a"', /Cannot index type 'string'/],
    ['headers.constructor.constructor == "a"', /Cannot index type 'string'/],
    ["constructor == 'a'", /^names no variable of rules, received "constructor"/],
    ["toString() == 'a'", /^names no function of rules, received "toString"/],
    ["__proto__ == 'a'", /Reserved identifier: __proto__/],
    ['[1, "a"].exists(x, x == 1)', /List elements must have the same type/],
    ['[1].exists(x, x)', /must return bool/],
    ['[1].exists(1, true)', /invalid predicate iteration variable/],
    ['[1].exists(x, x == 1) && x == 1', /^names no variable of rules, received "x"/],
  ])('says what and where: %j', (expression, expected) => {
    if (typeof expected === 'string') expect(problem(expression)).toBe(expected);
    else expect(problem(expression)).toMatch(expected);
  });

  it.each([
    ["cel.bind(a, model + model, a == '')"],
    ["model.split('') == ['a']"],
    ["['a'].join('b') == model"],
    ["timestamp('2026-01-01T00:00:00Z').getHours() == 0"],
    ['type(model) == string'],
    ['dyn(model) > 3'],
    ["b'a'.hex() == ''"],
    ['google.protobuf == 1'],
  ])('offers nothing that rules have no use for: %s', (expression) => {
    expect(problem(expression)).toMatch(/^names no (?:variable|method|function) of rules/);
  });
});

describe('a runaway expression', () => {
  const numbers = `[${Array.from({ length: 100 }, (_, index) => index).join(',')}]`;
  it.each([
    [
      'three loops',
      '[1].all(a, [1].all(b, [1].all(c, c == 1)))',
      /^loops inside each other more than 2 deep/,
    ],
    [
      'three loops, one in a range',
      '[[[1].map(a, a)].map(b, b)].all(c, c == [[1]])',
      /^loops inside each other more than 2 deep/,
    ],
    [
      'long loops',
      `${numbers}.all(a, ${numbers}.all(b, a + b < 1000 && a * b < 100000 && a - b > -100))`,
      /^may take \d+ steps, and 100000 are the most/,
    ],
    ['loops over all headers', 'headers.all(a, headers.all(b, a == b))', /^may take \d+ steps/],
    ['a loop over the body', "body.exists(name, name == 'a')", /^loops over something else than/],
    [
      'a loop over a loop',
      "['a'].map(a, a + a).map(b, b + b).exists(c, c == '')",
      /^loops over something else than/,
    ],
    [
      'a loop over a variable',
      "[headers].exists(h, h.exists(name, name == 'a'))",
      /^loops over something else than/,
    ],
    ['a long list', `1 in [${'1,'.repeat(200)}]`, /Exceeded maxListElements \(128\)/],
    [
      'a large map',
      `{${Array.from({ length: 65 }, (_, index) => `${index}:1`).join(',')}} == {}`,
      /Exceeded maxMapEntries \(64\)/,
    ],
    ['many arguments', 'size(1,2,3,4,5) == 1', /Exceeded maxCallArguments \(4\)/],
    ['deep parentheses', `${'('.repeat(2_000)}true${')'.repeat(2_000)}`, /Exceeded maxDepth \(32\)/],
    ['deep indexing', `headers${'["a"]'.repeat(40)} == ''`, /Exceeded maxDepth \(32\)/],
    ['4,096 characters of negation', `${'!'.repeat(4_092)}true`, /Exceeded maxAstNodes \(512\)/],
    ['4,096 characters of sums', `${'1+'.repeat(2_044)}1 == 1`, /Exceeded maxAstNodes \(512\)/],
    ['4,096 characters of alternatives', `${"model==''||".repeat(372)}true`, /Exceeded maxAstNodes \(512\)/],
  ])('is refused: %s', (_, expression, expected) => {
    expect(problem(expression)).toMatch(expected);
  });

  it('is none within the limits', () => {
    expect(matches(`${numbers}.exists(a, ${numbers}.exists(b, a + b == 198))`)).toBe(true);
    expect(matches("headers.exists(h, ['x-a', 'x-tier'].exists(name, h == name))")).toBe(true);
    expect(matches(Array(128).fill("model == 'gpt-5'").join(' && '))).toBe(true);
  });

  it('is bounded where it makes long texts', () => {
    const doubled = Array(100).fill('model').join(' + ');
    expect(matches(`size(${doubled}) == 25600`, { model: 'm'.repeat(256) })).toBe(true);
  });
});

describe('a constant expression', () => {
  it.each([
    ['true', true],
    ['false', false],
    ['1 + 1 == 2', true],
    ["'a'.matches('b')", false],
    ['1 / 0 == 1', false],
    ['[1, 2].exists(x, x == 2)', true],
    ["model == 'a' || true", undefined],
    ['size(headers) > 0', undefined],
  ])('is known for one: %s', (expression, expected) => {
    const { constant, matches: evaluated } = condition(expression);
    expect(constant).toBe(expected);
    if (expected !== undefined) expect(evaluated(factsOf())).toBe(expected);
  });
});
