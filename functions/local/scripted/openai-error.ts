import type { JsonObject } from '../../../lib/domain/json.ts';
import type { ErrorWords } from './step.ts';
import { statusMessage, wordFor } from './voice.ts';

const typeWords = {
  400: 'invalid_request_error',
  401: 'invalid_request_error',
  403: 'invalid_request_error',
  404: 'invalid_request_error',
  429: 'requests',
  503: 'service_unavailable_error',
};

const codeWords = { 401: 'invalid_api_key', 404: 'model_not_found', 429: 'rate_limit_exceeded' };

/** OpenAI's error body (platform.openai.com/docs/guides/error-codes). */
export const openAiError = (status: number, words: ErrorWords): JsonObject => ({
  error: {
    message: statusMessage(status, words),
    type: words.type ?? wordFor(typeWords, status, 'server_error'),
    param: words.param ?? null,
    code: words.code ?? (wordFor(codeWords, status, '') || null),
  },
});
