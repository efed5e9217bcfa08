import type { GatewayError } from '../../domain/failure.ts';
import type { ClientDialect } from '../contract.ts';
import { chatContinuation } from './continuation.ts';

/** What an OpenAI client reads when there is no answer (README, "Errors"). */
export const openAiClient: ClientDialect = {
  name: 'openai',
  writeError: (error) => JSON.stringify({ error: errorJson(error) }),
  writeStreamError: (error) => `data: ${JSON.stringify({ error: errorJson(error) })}\n\n`,
  keepAlive: ': keep-alive\n\n',
  continuation: chatContinuation,
};

const errorJson = (error: GatewayError): object => ({
  message: error.message,
  type: error.type,
  code: error.code,
  param: error.param ?? null,
  ...(error.attempts === undefined ? {} : { attempts: error.attempts }),
});
