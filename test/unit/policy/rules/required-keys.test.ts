import { parse } from '@marcbachmann/cel-js';
import { expect, it } from 'vitest';
import { requiredKeys } from '../../../../lib/policy/rules/required-keys.ts';

it.each([
  ["headers['a'] == 'x'", ['headers a']],
  ["headers.a == body['b'] + params.c", ['headers a', 'body b', 'params c']],
  ["headers['a'] == 'x' && (stream && has(body.b)) && 'c' in params", ['headers a', 'body b', 'params c']],
  ["headers['a'] == 'x' || headers['a'] == 'y'", ['headers a']],
  ["'a' in headers || headers['a'] == 'y' && body.b == 1", ['headers a']],
  ["headers['a'] == 'x' || stream", []],
  ["!(headers['a'] == 'x')", ['headers a']],
  ["!('a' in headers)", []],
  ['!has(headers.a)', []],
  ["!(headers['a'] == 'x' && stream)", []],
  ["headers['a'] == 'x' ? body.b == 1 : body.b == 2", ['headers a', 'body b']],
  ['stream ? body.b == 1 : true', []],
  ["[headers['a']].exists(x, x == body.b)", ['headers a']],
  ["headers[model] == 'x' && model in headers", []],
  ["{'a': 1}['a'] == 1 && 'a' in ['a']", []],
])('%s is not true without %j', (expression, expected) => {
  expect(requiredKeys(parse(expression).ast).map(({ map, key }) => `${map} ${key}`)).toEqual(expected);
});
