import type { ChatRequest, ToolChoice } from '../../domain/chat.ts';
import type { JsonObject } from '../../domain/json.ts';

/**
 * `tools` and `toolConfig`. Schemas go into `parametersJsonSchema`, which takes JSON Schema as it is (recorded with
 * gemini-2.5-flash, 2.5-pro and 3 at the Gemini API, gemini-3-flash at Vertex AI).
 */
export function writeTools(request: ChatRequest): {
  readonly tools?: readonly JsonObject[];
  readonly toolConfig?: JsonObject;
} {
  if (request.tools.length === 0) return {};
  const functionDeclarations = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    parametersJsonSchema: tool.parameters,
  }));
  const strict = request.tools.every((tool) => tool.strict === true);
  const functionCallingConfig = writeChoice(request.toolChoice, strict);
  const tools = [{ functionDeclarations }];
  return functionCallingConfig === undefined ? { tools } : { tools, toolConfig: { functionCallingConfig } };
}

/**
 * `VALIDATED` is AUTO with arguments held to their schema, and the only such mode that takes `allowedFunctionNames`
 * (ai.google.dev/gemini-api/docs/function-calling, "Function calling modes").
 */
function writeChoice(choice: ToolChoice | undefined, strict: boolean): JsonObject | undefined {
  switch (choice?.type) {
    case undefined:
      return strict ? { mode: 'VALIDATED' } : undefined;
    case 'auto':
      return { mode: strict ? 'VALIDATED' : 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
    case 'allowed':
      return { mode: choice.required ? 'ANY' : 'VALIDATED', allowedFunctionNames: choice.names };
  }
}
