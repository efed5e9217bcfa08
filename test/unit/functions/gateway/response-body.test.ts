import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { writeBody } from '../../../../functions/gateway/response-body.ts';

const sink = (options: ConstructorParameters<typeof Writable>[0] = {}) =>
  new Writable({ write: (_chunk, _encoding, done) => done(), ...options });

describe('writing a body', () => {
  it('is over when the last byte is flushed', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let over = false;
    const writing = writeBody(sink({ final: (done) => void promise.then(() => done()) }), 'hi').then(
      () => (over = true),
    );
    await new Promise((next) => setImmediate(next));
    expect(over).toBe(false);
    resolve();
    await writing;
  });

  it('fails with the error of the connection', async () => {
    const stream = sink({ write: (_chunk, _encoding, done) => done(new Error('broken pipe')) });
    await expect(writeBody(stream, 'hi')).rejects.toThrow('broken pipe');
  });

  it('survives a stream that reports every write to a broken connection', async () => {
    const stream = sink();
    const writing = writeBody(stream, () => {});
    stream.emit('error', new Error('broken pipe'));
    // As the client request under Lambda's response stream does.
    expect(() => stream.emit('error', new Error('write after destroy'))).not.toThrow();
    await expect(writing).rejects.toThrow('broken pipe');
  });
});
