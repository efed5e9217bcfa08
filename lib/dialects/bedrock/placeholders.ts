/** What stands where Converse demands something and the conversation has nothing to say. */

/** A turn that only keeps user and assistant alternating. */
export const placeholderTurn = '.';

/** A tool result must have content, and no text may be blank. */
export const emptyToolResult = '(no output)';

/** A message with a document must have text as well (API reference, `Message`). */
export const besideDocument = 'Document attached.';

/** Claude refuses a cache point that follows a document directly. */
export const afterDocument = '\n';
