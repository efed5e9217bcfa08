/** A provider key that a provider has refused, and until when it is left alone. */
export interface KeyRest {
  readonly provider: string;
  readonly key: string;
  /** Absent: the key rests with every model. */
  readonly model?: string;
  readonly untilMs: number;
}
