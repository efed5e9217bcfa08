import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientRequest } from '../../../../lib/dialects/index.ts';
import { chatContinuation } from '../../../../lib/dialects/openai/continuation.ts';
import { asArray, asObject, type JsonObject, parseJson } from '../../../../lib/domain/json.ts';

const { mayContinue, readSoFar, openSequel } = chatContinuation;

const event = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;
const names = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 5, model: 'm-1' };
const chunk = (delta: object, more: object = {}, of: object = names): string =>
  event({ ...of, choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }] });
const role = chunk({ role: 'assistant', content: '', refusal: null });
const say = (content: string, of: object = names): string => chunk({ content }, {}, of);
const finish = (reason = 'stop', of: object = names): string => chunk({}, { finish_reason: reason }, of);

const others = { id: 'chatcmpl-2', object: 'chat.completion.chunk', created: 9, model: 'm-2' };

/** The chunks of another answer. */
const another = (pieces: readonly string[]): string[] => [
  chunk({ role: 'assistant', content: '' }, {}, others),
  ...pieces.map((piece) => say(piece, others)),
  finish('stop', others),
];

const chunksIn = (wire: string): JsonObject[] =>
  wire
    .split('\n\n')
    .filter((each) => each !== '')
    .map((each) => asObject(parseJson(each.replace('data: ', ''))));
const deltasIn = (wire: string): JsonObject[] =>
  chunksIn(wire).map((each) => asObject(asObject(asArray(each['choices'])[0])['delta']));
const textIn = (wire: string): string =>
  deltasIn(wire)
    .map(({ content }) => content ?? '')
    .join('');

/** Everything a sequel lets through, up to where it is found to be another answer. */
function sequelOf(text: string, from: 'start' | 'break', wire: readonly string[]) {
  const sequel = openSequel(
    { text, envelope: { id: 'chatcmpl-1', created: 5, model: 'm-1' } },
    from,
    undefined,
  );
  let written = '';
  for (const piece of wire) {
    const output = sequel.write(piece);
    if (output === undefined) return { written, same: false, caughtUp: sequel.caughtUp };
    written += output;
  }
  return { written, same: true, caughtUp: sequel.caughtUp };
}

describe('a request whose answer may be gone on with', () => {
  const asking = (more: object) =>
    mayContinue(
      parseClientRequest(
        'chat',
        JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true, ...more }),
        {},
      ),
    );

  it.each([
    [{}],
    [{ temperature: 0, top_p: 0.5, seed: 1, stop: ['x'], max_tokens: 9 }],
    [{ n: 1, logprobs: false, response_format: { type: 'text' }, tools: [], store: false }],
    [{ stream_options: { include_usage: true }, user: 'u', metadata: { a: '1' }, reasoning_effort: 'low' }],
    [{ modalities: ['text'], fallbacks: ['b/m'] }],
  ])('%j', (more) => expect(asking(more)).toBe(true));

  it.each([
    [{ stream: false }],
    [{ n: 2 }],
    [{ logprobs: true }],
    [{ response_format: { type: 'json_object' } }],
    [{ tools: [{ type: 'function', function: { name: 'f' } }] }],
    [{ functions: [{ name: 'f' }] }],
    [{ modalities: ['text', 'audio'], audio: { voice: 'x' } }],
    [{ web_search_options: {} }],
    [{ prediction: { type: 'content', content: 'x' } }],
    [{ store: true }],
    [{ something_newer: true }],
  ])('not %j', (more) => expect(asking(more)).toBe(false));

  it('not one of another API', () => {
    const request = parseClientRequest('responses', '{"model":"m","input":"hi","stream":true}', {});
    expect(mayContinue(request)).toBe(false);
  });
});

describe('what a client has read', () => {
  it('is text under the names it was told first', () => {
    const sent = [Buffer.from(`${role}${say('Her')}`), ': keep-alive\n\n', say('ons', { ...names, id: 'x' })];
    expect(readSoFar(sent)).toEqual({
      text: 'Herons',
      envelope: { id: 'chatcmpl-1', created: 5, model: 'm-1' },
    });
  });

  it('may be cut between any two bytes', () => {
    const wire = Buffer.from(`${role}${say('鷺 🪿')}${say(' и цапля')}`);
    for (let cut = 0; cut <= wire.length; cut += 1) {
      expect(readSoFar([wire.subarray(0, cut), wire.subarray(cut)])?.text).toBe('鷺 🪿 и цапля');
    }
  });

  it.each([
    ['nothing', []],
    ['a role', [role]],
    ['a finished answer', [role, say('x'), finish()]],
    ['a tool call', [role, say('x'), chunk({ tool_calls: [{ index: 0, function: { arguments: '' } }] })]],
    ['a refusal', [role, chunk({ refusal: 'no' })]],
    ['reasoning', [role, chunk({ reasoning_content: 'hm' }), say('x')]],
    ['reasoning under another name', [chunk({ reasoning: 'hm' }), say('x')]],
    ['sound', [say('x'), chunk({ audio: { data: 'AA==' } })]],
    ['a picture', [say('x'), chunk({ images: [{ type: 'image_url' }] })]],
    ['a citation', [say('x'), chunk({ annotations: [{ type: 'url_citation' }] })]],
    ['a second choice', [say('x'), chunk({ content: 'y' }, { index: 1 })]],
    ['two choices at once', [event({ ...names, choices: [{ delta: { content: 'x' } }, { delta: {} }] })]],
    ['log probabilities', [chunk({ content: 'x' }, { logprobs: { content: [] } })]],
    ['parts instead of text', [chunk({ content: [{ type: 'text', text: 'x' }] })]],
    [
      'news beside the choices',
      [event({ ...names, citations: ['a'], choices: [{ delta: { content: 'x' } }] })],
    ],
    ['no JSON', ['data: hello\n\n']],
  ])('%s cannot be gone on with', (_name, sent) => {
    expect(readSoFar(sent)).toBeUndefined();
  });
});

describe('an answer that goes on from the break', () => {
  it('keeps the first names, and says no role again', () => {
    const { written } = sequelOf('Herons', 'break', another([' wade', '.']));
    expect(textIn(written)).toBe(' wade.');
    expect(chunksIn(written)).toMatchObject([
      names,
      names,
      { ...names, choices: [{ finish_reason: 'stop' }] },
    ]);
    expect(deltasIn(written)).toEqual([{ content: ' wade' }, { content: '.' }, {}]);
  });

  it('lets the end of the stream through', () => {
    expect(sequelOf('Herons', 'break', ['data: [DONE]\n\n']).written).toBe('data: [DONE]\n\n');
  });

  it.each([
    ['a tool call', chunk({ tool_calls: [{ index: 0 }] })],
    ['reasoning', chunk({ reasoning_content: 'hm' })],
    ['a refusal', chunk({ refusal: 'no' })],
    ['a second choice', chunk({ content: 'x' }, { index: 1 })],
  ])('is none with %s', (_name, piece) => {
    expect(sequelOf('Herons', 'break', [piece]).same).toBe(false);
  });
});

describe('an answer that begins again', () => {
  it('is heard from where the first broke off, wherever its pieces end', () => {
    const { written } = sequelOf('Herons wade', 'start', another(['Hero', 'ns wade in', ' water.']));
    expect(textIn(written)).toBe(' in water.');
    expect(deltasIn(written)).toEqual([{ content: ' in' }, { content: ' water.' }, {}]);
  });

  it('that ends just where the first broke off is complete', () => {
    const { written, same, caughtUp } = sequelOf('Herons.', 'start', another(['Herons.']));
    expect([textIn(written), same, caughtUp]).toEqual(['', true, true]);
    expect(chunksIn(written)).toMatchObject([{ choices: [{ finish_reason: 'stop' }] }]);
  });

  it.each([
    ['differs in its first letter', ['herons wade']],
    ['differs in its last', ['Herons wadE']],
    ['differs in white space', ['Herons  wade']],
    ['ends before it has caught up', ['Herons wa']],
    ['is empty', []],
  ])('and %s is another one, of which nothing is heard', (_name, pieces) => {
    const { written, same } = sequelOf('Herons wade', 'start', another(pieces));
    expect([written, same]).toEqual(['', false]);
  });

  it('does not close the stream before it has caught up', () => {
    expect(sequelOf('Herons', 'start', [say('Her', others), 'data: [DONE]\n\n']).same).toBe(false);
  });

  const pieces = fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 });

  it('joins exactly at every cut of it, however both were chunked', () => {
    fc.assert(
      fc.property(pieces, (all) => {
        const text = all.join('');
        for (let cut = 1; cut <= text.length; cut += 1) {
          const { written, same } = sequelOf(text.slice(0, cut), 'start', another(all));
          expect(same).toBe(true);
          expect(textIn(written)).toBe(text.slice(cut));
        }
      }),
    );
  });

  it('says nothing unless it begins with exactly what was sent', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), pieces, (sent, all) => {
        const text = all.join('');
        const { written, same } = sequelOf(sent, 'start', another(all));
        expect(same).toBe(text.startsWith(sent));
        if (!same) expect(written).toBe('');
      }),
    );
  });
});

describe('the usage of an answer gone on with', () => {
  const usage = {
    prompt_tokens: 20,
    completion_tokens: 7,
    total_tokens: 27,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  };
  const wire = event({ ...others, choices: [], usage });
  const sum = (consumed: Parameters<typeof openSequel>[2]): unknown =>
    chunksIn(openSequel({ text: 'x', envelope: names }, 'break', consumed).write(wire) ?? '')[0];

  it('is that of both', () => {
    expect(sum({ inputTokens: 10, outputTokens: 3, cachedInputTokens: 2 })).toEqual({
      ...names,
      choices: [],
      usage: {
        prompt_tokens: 30,
        completion_tokens: 10,
        total_tokens: 40,
        prompt_tokens_details: { cached_tokens: 6, audio_tokens: 0 },
      },
    });
  });

  it('is that of the second where the first consumed nothing', () => {
    expect(sum(undefined)).toEqual({ ...names, choices: [], usage });
  });
});
