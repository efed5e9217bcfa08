/** What is asked and answered while overhead is measured: the same bytes whoever stands between client and upstream. */
export interface Workload {
  /** Also the model's name, by which the upstream tells the workloads apart. */
  readonly name: WorkloadName;
  readonly requestBody: string;
  readonly reply: JsonReply | StreamReply;
}

interface JsonReply {
  readonly kind: 'json';
  readonly body: string;
}

interface StreamReply {
  readonly kind: 'stream';
  /** Headers, role and first word: written at once. */
  readonly head: string;
  /** Written one by one, `chunkEveryMs` apart. */
  readonly chunks: readonly string[];
  /** Finish reason, usage (where the request asks for it) and terminator, in one piece. */
  readonly tail: (withUsage: boolean) => string;
}

export const workloadNames = ['json-1k', 'json-50k', 'stream-1', 'stream-10', 'stream-100'] as const;
export type WorkloadName = (typeof workloadNames)[number];

/** Slow enough that chunks arrive one by one, as a model's do, and do not melt together in a socket's buffer. */
export const chunkEveryMs = 2;

export const path = '/v1/chat/completions';

/** What a client reads at the end of a stream, whoever served it. */
export const terminator = 'data: [DONE]\n\n';

/** Words of several lengths, with what JSON escapes and what takes several bytes. */
const vocabulary = ['the', 'line', 'runs', 'fair', 'naïve', 'through', '\n\n', 'a "lead"', 'block', '– and'];

const usage = {
  prompt_tokens: 220,
  completion_tokens: 100,
  total_tokens: 320,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;

const envelope = (model: string, object: string) => ({
  id: 'chatcmpl-bench',
  object,
  created: 1_790_000_000,
  model,
});

const choice = (content: string) => ({
  index: 0,
  message: { role: 'assistant', content, refusal: null },
  logprobs: null,
  finish_reason: 'stop',
});

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  'json-1k': json('json-1k', 1_000),
  'json-50k': json('json-50k', 50_000),
  'stream-1': stream('stream-1', 1),
  'stream-10': stream('stream-10', 10),
  'stream-100': stream('stream-100', 100),
};

/** Bytes of the body a client gets; the gateway asks for usage but keeps it from a client that did not. */
export function replyBytes({ reply }: Workload): number {
  const text = reply.kind === 'json' ? reply.body : [reply.head, ...reply.chunks, reply.tail(false)].join('');
  return Buffer.byteLength(text);
}

function json(name: WorkloadName, bytes: number): Workload {
  return {
    name,
    requestBody: padded(
      (filler) => ({ model: name, temperature: 0.2, messages: conversation(filler) }),
      bytes,
    ),
    reply: {
      kind: 'json',
      body: padded(
        (filler) => ({ ...envelope(name, 'chat.completion'), choices: [choice(filler)], usage }),
        bytes,
      ),
    },
  };
}

function stream(name: WorkloadName, words: number): Workload {
  const request = (filler: string) => ({ model: name, stream: true, messages: conversation(filler) });
  const chunk = (delta: object, reason: string | null = null): string =>
    event({
      ...envelope(name, 'chat.completion.chunk'),
      choices: [{ index: 0, delta, finish_reason: reason }],
    });
  const [first = '', ...others] = Array.from({ length: words }, (_, index) =>
    chunk({ content: ` ${vocabulary[index % vocabulary.length]}` }),
  );
  const usageChunk = event({ ...envelope(name, 'chat.completion.chunk'), choices: [], usage });
  return {
    name,
    requestBody: padded(request, 1_000),
    reply: {
      kind: 'stream',
      head: chunk({ role: 'assistant', content: '' }) + first,
      chunks: others,
      tail: (withUsage) => chunk({}, 'stop') + (withUsage ? usageChunk : '') + terminator,
    },
  };
}

/** A system prompt and turns of about 2 KB, as chats have them. */
function conversation(text: string): readonly object[] {
  const turns = text.match(/[^]{1,2000}/g) ?? [''];
  return [
    { role: 'system', content: 'You are a helpful assistant.' },
    ...turns.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
  ];
}

/** JSON of exactly so many bytes, filled up with prose. */
function padded(make: (filler: string) => object, bytes: number): string {
  const prose = vocabulary.join(' ').repeat(Math.ceil(bytes / 40));
  let low = 0;
  let high = prose.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (Buffer.byteLength(JSON.stringify(make(prose.slice(0, middle)))) <= bytes) low = middle;
    else high = middle - 1;
  }
  const text = JSON.stringify(make(prose.slice(0, low)));
  // White space is JSON's own filler: a character more of prose may be two bytes.
  return text + ' '.repeat(bytes - Buffer.byteLength(text));
}
