import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../../lib/domain/ports.ts';
import type { Action } from './plan.ts';

/** How a response ended: sent whole, broken off by the script, or left by the caller. */
export type Outcome = 'answered' | 'broken' | 'abandoned';

/** Carries out the actions on one connection; `finished` is called once, when nothing more will happen. */
export function play(
  actions: readonly Action[],
  response: ServerResponse,
  clock: Clock,
  finished: (outcome: Outcome) => void,
): void {
  let next = 0;
  let timer: Timer | undefined;
  let over = false;
  const finish = (outcome: Outcome): void => {
    if (over) return;
    over = true;
    timer?.cancel();
    finished(outcome);
  };
  const run = (): void => {
    while (!over) {
      const action = actions[next++];
      if (action === undefined || action.do === 'hang') return;
      if (!perform(action)) return;
    }
  };
  /** True when the next action may follow at once. */
  const perform = (action: Exclude<Action, { do: 'hang' }>): boolean => {
    switch (action.do) {
      case 'wait':
        timer = clock.after(action.ms, run);
        return false;
      case 'head':
        response.writeHead(action.status, action.headers);
        response.flushHeaders();
        return true;
      case 'write':
        if (response.write(action.bytes)) return true;
        response.once('drain', run);
        return false;
      case 'repeat':
        response.write(action.bytes);
        next -= 1;
        timer = clock.after(action.everyMs, run);
        return false;
      case 'end':
        response.end();
        finish('answered');
        return false;
      case 'cut':
        response.socket?.destroySoon();
        finish('broken');
        return false;
      case 'reset':
        // What has been written leaves first: a reset drops what is still queued.
        setImmediate(() => response.socket?.resetAndDestroy());
        finish('broken');
        return false;
    }
  };
  response.on('close', () => finish('abandoned'));
  run();
}
