import type { Json, JsonObject } from '../../domain/json.ts';
import type { Unsupported } from '../contract.ts';

/** An object of the wire while it is being written. */
export type WireObject = { [field: string]: Json | undefined };

/** A part of the request's body, and what of the request does not fit into it. */
export interface Carried {
  readonly body: JsonObject;
  readonly unsupported: readonly Unsupported[];
}

/** Who made the reasoning and opaque blocks of this dialect. */
export const dialect = 'anthropic';
