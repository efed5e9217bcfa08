import type { ClientTranslation } from '../contract.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { neutralChat } from './neutral/request.ts';
import { prefilled } from './prefilled.ts';
import { completionJson } from './reply-writer.ts';

/** Chat completions into and out of the neutral form. */
export const openAiTranslation: ClientTranslation = {
  readNeutral: (request) => neutralChat(request.json, request.stream),
  writeReply: (reply, context) => JSON.stringify(completionJson(reply, context)),
  openWriter: (context) => new ChunkWriter(context),
  prefill: prefilled,
};
