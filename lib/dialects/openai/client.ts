import type { GatewayError } from '../../domain/failure.ts';
import type { ClientDialect } from '../contract.ts';
import { completionJson } from './reply-writer.ts';
import { ChunkWriter } from './chunk-writer.ts';

/** What an OpenAI client reads: completions, chunks and errors (README, "Errors"). */
export const openAiClient: ClientDialect = {
  name: 'openai',
  writeReply: (reply, context) => JSON.stringify(completionJson(reply, context)),
  openWriter: (context) => new ChunkWriter(context),
  writeError: (error) => JSON.stringify({ error: errorJson(error) }),
  writeStreamError: (error) => `data: ${JSON.stringify({ error: errorJson(error) })}\n\n`,
  keepAlive: ': keep-alive\n\n',
};

const errorJson = (error: GatewayError): object => ({
  message: error.message,
  type: error.type,
  code: error.code,
  param: error.param ?? null,
  ...(error.attempts === undefined ? {} : { attempts: error.attempts }),
});
