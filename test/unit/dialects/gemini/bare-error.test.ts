import { describe, expect, it } from 'vitest';
import { StreamTail, readBareError } from '../../../../lib/dialects/gemini/bare-error.ts';

const read = (text: string): unknown => readBareError(Buffer.from(text));

describe('errors without data:', () => {
  it('are found after events, also after one whose beginning is lost', () => {
    expect(read('"text":"x"}]}\n\n{\n"error": {"code": 503, "message": "Busy"}\n}\n')).toEqual({
      status: 503,
      message: 'Busy',
    });
    expect(read('{"text":"x"}]}\n\n[{"error": {"code": 503, "message": "Busy"}}\n]')).toMatchObject({
      status: 503,
    });
  });

  it('are not found where there is none', () => {
    expect(read('data: {"error":{"code":503,"message":"Busy"}}\n\n')).toBeUndefined();
    expect(read('{"candidates":[]}')).toBeUndefined();
    expect(read('')).toBeUndefined();
  });

  it('keeps the last 4096 bytes', () => {
    const tailOf = (...chunks: readonly string[]): string => {
      const tail = new StreamTail();
      for (const chunk of chunks) tail.push(Buffer.from(chunk));
      return Buffer.from(tail.bytes()).toString();
    };
    const a = 'a'.repeat(4000);
    const b = 'b'.repeat(200);
    expect(tailOf(a, b)).toBe('a'.repeat(3896) + b);
    expect(tailOf(b, a, a)).toBe('a'.repeat(4096));
    expect(tailOf(b)).toBe(b);
    expect(tailOf()).toBe('');
  });
});
