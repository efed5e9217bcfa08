import { describe, expect, it } from 'vitest';
import { parseClientRequest } from '../../../lib/dialects/index.ts';
import type { ClientRequest } from '../../../lib/dialects/contract.ts';
import { openAiDialect } from '../../../lib/dialects/openai/dialect.ts';
import { prefilled } from '../../../lib/dialects/openai/prefilled.ts';
import type { Spent } from '../../../lib/domain/admission.ts';
import type { Target } from '../../../lib/domain/decision.ts';
import { answerStream, type StreamDelivery } from '../../../lib/execution/deliver.ts';
import type { StreamEnd } from '../../../lib/execution/relay-answer.ts';
import { readChatStream } from '../../support/gateway.ts';
import type { BodyStep, Script } from '../../support/memory-transport.ts';
import { Reader } from './reader.ts';
import { refuses, type Stage, stageRun, targetAt } from './scene.ts';

const facts = { model: 'm', family: 'm' };
const [a, b, c] = [targetAt('a', { facts }), targetAt('b', { facts }), targetAt('c', { facts })];

const chunk = (id: string, delta: object, finish: string | null = null, more: object = {}): string =>
  `data: ${JSON.stringify({ id, created: 1, model: id, choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;
const opening = (id: string): BodyStep => ({ send: chunk(id, { role: 'assistant', content: '' }) });
const saying = (id: string, text: string, afterMs = 0): BodyStep => ({
  send: chunk(id, { content: text }),
  afterMs,
});
const usage = (id: string): BodyStep => ({
  send: `data: ${JSON.stringify({ id, choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } })}\n\n`,
});
const ending = (id: string): BodyStep[] => [
  { send: chunk(id, {}, 'stop') },
  usage(id),
  { send: 'data: [DONE]\n\n' },
  { end: true },
];
const whole = (id: string, ...pieces: readonly string[]): Script => ({
  body: [opening(id), ...pieces.map((piece) => saying(id, piece)), ...ending(id)],
});
const cut = (id: string, ...pieces: readonly string[]): Script => ({
  body: [opening(id), ...pieces.map((piece) => saying(id, piece)), { cut: true }],
});

const asking = (more: object = {}): ClientRequest =>
  parseClientRequest(
    'chat',
    JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Tell' }], stream: true, ...more }),
    {},
  );

interface Told {
  readonly stage: Stage;
  readonly reader: Reader;
  readonly read: ReturnType<typeof readChatStream>;
  readonly end: StreamEnd | undefined;
  /** What every admitted attempt was settled by, the first time. */
  readonly settled: readonly { readonly host: string; readonly asked: string; readonly spent: Spent }[];
}

/** A stream to its end, or as far as `ms` reach. */
async function tell(
  scripts: Readonly<Record<string, readonly Script[]>>,
  options: {
    readonly order?: readonly Target[];
    readonly request?: ClientRequest;
    readonly ms?: number;
    readonly deadlineMs?: number;
    readonly reader?: Reader;
    readonly poured?: (delivery: StreamDelivery, reader: Reader, stage: Stage) => void | Promise<void>;
    readonly prefill?: boolean;
  } = {},
): Promise<Told> {
  const settled: { host: string; asked: string; spent: Spent }[] = [];
  const dialect = options.prefill
    ? {
        ...openAiDialect,
        prefilled: (request: ClientRequest, _target: Target, text: string) => prefilled(request, text),
      }
    : openAiDialect;
  const stage = stageRun(scripts, {
    request: options.request ?? asking(),
    ...(options.deadlineMs !== undefined && { deadlineMs: options.deadlineMs }),
    ports: { dialectOf: () => dialect },
    run: {
      admit: (target, _key, asked) => {
        let done = false;
        return {
          settle: (spent) => {
            if (!done) settled.push({ host: target.provider.id, asked: asked.text, spent });
            done = true;
            return { usage: { inputTokens: 100, outputTokens: 10, estimated: true } };
          },
        };
      },
    },
  });
  const reader = options.reader ?? new Reader();
  const delivering = answerStream(stage.run, options.order ?? [a, b]);
  await stage.clock.advance(0);
  const delivery = await delivering;
  delivery.pour(reader);
  await options.poured?.(delivery, reader, stage);
  await stage.clock.advance(options.ms ?? 0);
  const end = await Promise.race([delivery.ended, Promise.resolve(undefined)]);
  // As whoever settles the request does.
  for (const { answer, spent } of end?.heard ?? []) answer.permit.settle(spent);
  if (end !== undefined) {
    expect(stage.clock.pending).toBe(0);
    expect(stage.transport.open).toBe(0);
  }
  return { stage, reader, read: readChatStream(reader.text), end, settled };
}

const good = { finish: 'stop', done: 1, errors: [] };
const broken = { finish: undefined, done: 0, errors: [{ code: 'upstream_failed', param: null }] };

describe('an answer that breaks off after its first content', () => {
  it('is told again by the next target of its family, and heard from where it broke off', async () => {
    const { read, stage, end } = await tell({
      a: [cut('A', 'Herons ', 'wade')],
      b: [whole('B', 'Her', 'ons wade in', ' water.')],
    });
    expect(read).toMatchObject({ ...good, text: 'Herons wade in water.' });
    expect(read.events.slice(0, -1).every((event) => JSON.stringify(event).includes('"id":"A"'))).toBe(true);
    expect(read.events.slice(0, -1).every((event) => JSON.stringify(event).includes('"model":"A"'))).toBe(
      true,
    );
    expect(stage.outcomes()).toEqual(['a:broken_stream', 'b:ok']);
    expect(end?.error).toBeUndefined();
    expect(stage.health.samples).toMatchObject([
      { provider: 'a', outcome: 'error', firstContentMs: 0 },
      { provider: 'b', outcome: 'ok', firstContentMs: 0 },
    ]);
  });

  it('is gone on with by a target that can be made to, which is asked with the text so far', async () => {
    const { read, stage, settled } = await tell(
      { a: [cut('A', 'Herons ', 'wade')], b: [whole('B', ' in', ' water.')] },
      { prefill: true },
    );
    expect(read).toMatchObject({ ...good, text: 'Herons wade in water.' });
    const sent = stage.transport.seen.map(({ request }) => JSON.parse(String(request.body)));
    expect(sent[1].messages).toEqual([
      { role: 'user', content: 'Tell' },
      { role: 'assistant', content: 'Herons wade' },
    ]);
    // What is sent is what is admitted.
    expect(settled.map(({ host, asked }) => [host, JSON.parse(asked).messages.length])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('at any chunk of it', async () => {
    const pieces = ['Her', 'ons', ' wade', ' in', ' water', '.'];
    for (let at = 1; at <= pieces.length; at += 1) {
      const { read } = await tell({
        a: [cut('A', ...pieces.slice(0, at))],
        b: [whole('B', ...pieces)],
      });
      expect(read).toMatchObject({ ...good, text: pieces.join('') });
    }
  });

  it.each<[string, BodyStep[]]>([
    ['a cut', [{ cut: true }]],
    ['an end without a finish reason', [{ end: true }]],
    ['an error that may pass', [{ send: 'data: {"error":{"message":"overloaded","code":503}}\n\n' }]],
    ['a stall', [{ stall: true }]],
  ])('by %s', async (_name, how) => {
    const { read } = await tell(
      { a: [{ body: [opening('A'), saying('A', 'Her'), ...how] }], b: [whole('B', 'Herons.')] },
      { ms: 60_000 },
    );
    expect(read).toMatchObject({ ...good, text: 'Herons.' });
  });

  it('is settled with its own ticket, and so is the other', async () => {
    const { settled, end } = await tell({ a: [cut('A', 'Herons ')], b: [whole('B', 'Herons wade.')] });
    expect(end?.heard.map(({ answer, spent }) => ({ host: answer.target.provider.id, spent }))).toEqual(
      settled.map(({ host, spent }) => ({ host, spent })),
    );
    expect(settled).toMatchObject([
      { host: 'a', spent: { kind: 'used', outputChars: 7, complete: false } },
      {
        host: 'b',
        spent: { kind: 'used', outputChars: 12, complete: true, usage: { inputTokens: 9, outputTokens: 4 } },
      },
    ]);
  });

  it('tells the usage of both, if it was asked for', async () => {
    const request = asking({ stream_options: { include_usage: true } });
    const { read } = await tell({ a: [cut('A', 'Her')], b: [whole('B', 'Herons')] }, { request });
    expect(read.events.at(-2)).toMatchObject({
      id: 'A',
      choices: [],
      usage: { prompt_tokens: 109, completion_tokens: 14, total_tokens: 123 },
    });
    const silent = await tell({ a: [cut('A', 'Her')], b: [whole('B', 'Herons')] });
    expect(silent.reader.text).not.toContain('prompt_tokens');
  });

  it('keeps its reader waiting with signs of life while it is told again', async () => {
    const slow: Script = { body: [saying('B', 'Her', 30_000), saying('B', 'ons', 20_000), ...ending('B')] };
    const { read } = await tell({ a: [cut('A', 'Hero')], b: [slow] }, { ms: 50_000 });
    expect(read).toMatchObject({ ...good, text: 'Herons' });
    expect(read.comments).toHaveLength(3);
  });

  it('waits for a reader who is behind', async () => {
    const reader = new Reader();
    reader.room = 2;
    const error = 'data: {"error":{"message":"overloaded","code":503}}\n\n';
    const last = { send: chunk('A', { content: 'ro' }) + error };
    const { read } = await tell(
      { a: [{ body: [saying('A', 'He'), last] }], b: [whole('B', 'Her', 'ons', '.')] },
      {
        reader,
        poured: async (_delivery, _reader, stage) => {
          await stage.clock.advance(30_000);
          expect(readChatStream(reader.text).text).toBe('Hero');
          expect(stage.asked()).toEqual(['a@0', 'b@0']);
          reader.drain();
        },
      },
    );
    expect(read).toMatchObject({ ...good, text: 'Herons.' });
  });
});

describe('an answer that cannot be gone on with truthfully ends with one error', () => {
  const other = [whole('B', 'Herons wade.')];

  it.each<[string, Script[], Parameters<typeof tell>[1]?]>([
    ['where the other words differ', [whole('B', 'Egrets wade.')]],
    ['where they differ late', [whole('B', 'Her', 'on', 's')], {}],
    ['where the other ends too soon', [whole('B', 'He')]],
    [
      'where the other calls a tool',
      [{ body: [saying('B', 'Herons'), { send: chunk('B', { tool_calls: [{ index: 0 }] }) }] }],
    ],
    ['where the other refuses', [refuses(400, { error: { message: 'no' } })]],
    ['where the other is not there', [{ fail: 'refused' }]],
    [
      'where the next target is another model',
      other,
      { order: [a, targetAt('b', { facts: { ...facts, family: 'other' } })] },
    ],
    ['where nobody knows the models', other, { order: [targetAt('a'), targetAt('b')] }],
    ['where no target is left', other, { order: [a] }],
    [
      'of a request for tools',
      other,
      { request: asking({ tools: [{ type: 'function', function: { name: 'f' } }] }) },
    ],
    ['of a request for JSON', other, { request: asking({ response_format: { type: 'json_object' } }) }],
  ])('%s', async (_name, script, options = {}) => {
    const { read, reader, end } = await tell(
      { a: [cut('A', 'Herons ')], b: script },
      { ms: 1_000, ...options },
    );
    expect(read).toMatchObject({ ...broken, text: 'Herons ' });
    expect(read.errors).toMatchObject([
      { message: 'the answer was interrupted: the connection broke inside the answer' },
    ]);
    expect(reader.ended).toBe(true);
    expect(end?.error?.code).toBe('upstream_failed');
  });

  it('where the other ends too soon, and its host gives no finish reason', async () => {
    const quirky = { ...b, provider: { ...b.provider, quirks: { omitsFinishReason: true } } };
    const { read } = await tell(
      {
        a: [cut('A', 'Herons ')],
        b: [{ body: [saying('B', 'Her'), { send: 'data: [DONE]\n\n' }, { end: true }] }],
      },
      { order: [a, quirky] },
    );
    expect(read).toMatchObject({ ...broken, text: 'Herons ' });
  });

  it.each<[string, BodyStep]>([
    ['a rate limit', { send: 'data: {"error":{"message":"slow down","code":429}}\n\n' }],
    ['the safety system', { send: 'data: {"error":{"message":"no","code":"content_policy_violation"}}\n\n' }],
  ])('where it was ended by %s', async (_name, how) => {
    const { read, stage } = await tell({
      a: [{ body: [opening('A'), saying('A', 'Her'), how] }],
      b: other,
    });
    expect(read).toMatchObject({ finish: undefined, done: 0, text: 'Her' });
    expect(stage.asked()).toEqual(['a@0']);
  });

  it('where a tool call or a thought has been shown', async () => {
    for (const delta of [{ tool_calls: [{ index: 0, id: 'x' }] }, { reasoning_content: 'hm' }]) {
      const body = [saying('A', 'Her'), { send: chunk('A', delta) }, { cut: true } as const];
      const { read, stage } = await tell({ a: [{ body }], b: other });
      expect(read.errors).toHaveLength(1);
      expect(stage.asked()).toEqual(['a@0']);
    }
  });

  it('the second time, whoever could still be asked', async () => {
    const { read, stage } = await tell(
      { a: [cut('A', 'Herons ')], b: [cut('B', 'Herons ', 'wade ')], c: [whole('C', 'Herons wade.')] },
      { order: [a, b, c] },
    );
    expect(read).toMatchObject({ ...broken, text: 'Herons wade ' });
    expect(stage.outcomes()).toEqual(['a:broken_stream', 'b:broken_stream']);
  });

  it('when the deadline comes while it is told again, and nothing goes on after it', async () => {
    const { read, settled } = await tell(
      { a: [cut('A', 'Her')], b: [{ body: [saying('B', 'Her'), { stall: true }] }] },
      { deadlineMs: 20_000, ms: 20_000 },
    );
    expect(read.errors).toMatchObject([{ code: 'deadline_exceeded' }]);
    expect(read.done).toBe(0);
    expect(settled.map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('when the deadline comes before the other has spoken', async () => {
    const { read, stage, settled } = await tell(
      { a: [cut('A', 'Her')], b: [{ never: true }] },
      { deadlineMs: 20_000, ms: 20_000 },
    );
    expect(read.errors).toMatchObject([{ code: 'deadline_exceeded' }]);
    expect(settled.map(({ host }) => host)).toEqual(['a', 'b']);
    expect(stage.transport.cancelled).toEqual(['b']);
  });

  it('when its reader has left: nobody else is paid', async () => {
    const { stage } = await tell(
      {
        a: [{ body: [opening('A'), saying('A', 'Her'), { cut: true, afterMs: 10 }] }],
        b: other,
      },
      { ms: 10, poured: (_delivery, reader) => reader.leave() },
    );
    expect(stage.asked()).toEqual(['a@0']);
  });

  it('when it has grown too long to be kept', async () => {
    const pieces = Array.from({ length: 5 }, () => 'x'.repeat(1024 * 1024));
    const { read, stage } = await tell({ a: [cut('A', ...pieces)], b: [whole('B', pieces.join(''))] });
    expect(read.errors).toHaveLength(1);
    expect(stage.asked()).toEqual(['a@0']);
  });
});

it('a defect while it is settled is one error, and ends nothing else', async () => {
  const stage = stageRun(
    { a: [cut('A', 'Herons ')], b: [whole('B', 'Herons wade.')] },
    {
      request: asking(),
      ports: { dialectOf: () => openAiDialect },
      run: {
        admit: () => ({
          settle: () => {
            throw new Error('a defect');
          },
        }),
      },
    },
  );
  const delivering = answerStream(stage.run, [a, b]);
  await stage.clock.advance(0);
  const { pour, ended } = await delivering;
  const reader = new Reader();
  pour(reader);
  await stage.clock.advance(0);
  expect((await ended).error?.code).toBe('internal_error');
  expect(readChatStream(reader.text).errors).toMatchObject([{ code: 'internal_error' }]);
});

describe('health, of an answer that was told again,', () => {
  it('does not hear that the other words are anybody’s fault', async () => {
    const { stage } = await tell({ a: [cut('A', 'Herons ')], b: [whole('B', 'Herons', '! wade.')] });
    expect(stage.outcomes()).toEqual(['a:broken_stream', 'b:not_here']);
    expect(stage.health.samples).toMatchObject([
      { provider: 'a', outcome: 'error' },
      { provider: 'b', outcome: 'ok' },
    ]);
  });

  it('and the other words are paid for', async () => {
    const { settled } = await tell({ a: [cut('A', 'Herons ')], b: [whole('B', 'Egrets wade.')] });
    expect(settled).toMatchObject([{ host: 'a' }, { host: 'b', spent: { kind: 'used', outputChars: 12 } }]);
  });
});
