import type { ProviderFault } from '../domain/chat.ts';
import type { ByteSource, Clock } from '../domain/ports.ts';
import { brokenStream } from './broken-stream.ts';
import type { CancelSwitch } from './cancellation.ts';

/** A reply larger than this is not held in memory; Lambda's own answer could hardly carry it. */
const maxReplyBytes = 64 * 1024 * 1024;

/** Reads a whole body. A fault where it breaks, stalls or is too large; `undefined` when cancelled. */
export function readWhole(
  source: ByteSource,
  clock: Clock,
  idleTimeoutMs: number,
  cancel: CancelSwitch,
): Promise<Uint8Array | ProviderFault | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let lastMs = clock.nowMs();
    const watch = (delayMs: number): { cancel(): void } =>
      clock.after(delayMs, () => {
        const restMs = lastMs + idleTimeoutMs - clock.nowMs();
        if (restMs > 0) timer = watch(restMs);
        else settle(brokenStream(`the answer stalled for ${idleTimeoutMs} ms`));
      });
    let timer = watch(idleTimeoutMs);
    const settle = (result: Uint8Array | ProviderFault | undefined): void => {
      timer.cancel();
      cancel.forget(stop);
      if (result !== undefined && 'message' in result) source.destroy();
      resolve(result);
    };
    const stop = (): void => settle(undefined);
    cancel.onCancel(stop);
    source.read({
      data: (chunk) => {
        size += chunk.length;
        lastMs = clock.nowMs();
        chunks.push(chunk);
        if (size > maxReplyBytes) settle(brokenStream(`the answer is larger than ${maxReplyBytes} bytes`));
      },
      end: () => settle(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size)),
      fail: (error) => settle(brokenStream(error.message)),
    });
  });
}
