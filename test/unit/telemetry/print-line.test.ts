import { expect, it, vi } from 'vitest';
import { printLine } from '../../../lib/telemetry/print-line.ts';

it('a line of the log is one JSON object and nothing else, past the console', () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  printLine({ event: 'request', text: 'a\nb' });
  expect(write.mock.calls).toEqual([['{"event":"request","text":"a\\nb"}\n']]);
  expect(log).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
