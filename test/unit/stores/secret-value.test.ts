import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSecret } from '../../../lib/stores/secret-value.ts';

describe('parseSecret', () => {
  it.each([
    ['sk-1', { kind: 'api_key', value: 'sk-1' }],
    ['  sk-1\n', { kind: 'api_key', value: 'sk-1' }],
    ['"sk-1"', { kind: 'api_key', value: 'sk-1' }],
    ['{"apiKey": "sk-1", "note": 1}', { kind: 'api_key', value: 'sk-1' }],
    [
      '{"accessKeyId":"AK","secretAccessKey":"SK"}',
      { kind: 'aws', accessKeyId: 'AK', secretAccessKey: 'SK' },
    ],
    [
      '{"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"ST"}',
      { kind: 'aws', accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseSecret(text)).toEqual(expected);
  });

  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['{"apiKey": "sk-1"', 'begins like JSON and is not valid JSON'],
    ['["sk-1"]', 'must be a plain text or a JSON object'],
    ['{"key": "sk-1"}', 'has neither field "apiKey" nor fields "accessKeyId" and "secretAccessKey"'],
    ['{"apiKey": ""}', 'field "apiKey" must be text of visible ASCII characters, not empty'],
    ['{"apiKey": 7}', 'field "apiKey" must be text of visible ASCII characters, not empty'],
    ['{"accessKeyId":"AK"}', 'field "secretAccessKey" must be text of visible ASCII characters, not empty'],
    ['{"secretAccessKey":"SK"}', 'field "accessKeyId" must be text of visible ASCII characters, not empty'],
    [
      '{"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":null}',
      'field "sessionToken" must be text of visible ASCII characters, not empty',
    ],
    ['sk-1\r\nx-evil: 1', 'its text must be text of visible ASCII characters, not empty'],
    ['schlüssel', 'its text must be text of visible ASCII characters, not empty'],
  ])('does not use %j and says why', (text, reason) => {
    expect(parseSecret(text)).toEqual({ kind: 'unusable', reason });
  });

  it('is total, and no reason holds a part of the value', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.constantFrom('', '{', '[', '"', '{"apiKey":'),
        (text, prefix) => {
          const reading = parseSecret(`${prefix}SEKRET${text}`);
          expect(JSON.stringify(reading.kind === 'unusable' ? reading : '')).not.toContain('SEKRET');
        },
      ),
    );
  });
});
