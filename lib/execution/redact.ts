/**
 * Takes out of a provider's text what a caller must not learn: keys, addresses and hosts of the provider's or the
 * company's inside. Patterns are linear; the text is cut first.
 */
const maxMessageChars = 600;

const secretsAndHosts: readonly (readonly [RegExp, string])[] = [
  [/\bhttps?:\/\/[^\s"'<>)\]]+/gi, '[address]'],
  // Keys as their issuers prefix them: OpenAI and Anthropic, Groq, xAI, Google, AWS, Hugging Face, Fairlead's own.
  [/\b(?:sk|pk|rk|fl|gsk|xai|hf|key)[-_][\w*.…-]{6,}/gi, '[key]'],
  [/\bAIza[\w*-]{10,}/g, '[key]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, '[key]'],
  [/\bBearer\s+\S+/gi, 'Bearer [key]'],
  [/\b(?:org|proj|acct|user)-[A-Za-z0-9]{8,}/g, '[account]'],
  [/\barn:aws[\w-]*:\S+/g, '[arn]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '[host]'],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|corp|lan|svc|amazonaws\.com)\b(?::\d+)?/gi, '[host]'],
];

/** Shorter values would take ordinary words out of messages. */
const minSecretChars = 4;

/** `text` as it may be shown; `secrets` are the values the attempt was made with. */
export function redact(text: string, secrets: readonly string[] = []): string {
  const values = secrets.filter((value) => value.length >= minSecretChars);
  // A value must not lose its end to the cut, or its beginning would be shown.
  const reach = maxMessageChars + Math.max(0, ...values.map((value) => value.length));
  const known = values.reduce((shown, value) => shown.replaceAll(value, '[secret]'), text.slice(0, reach));
  const cut = text.length > maxMessageChars ? `${known.slice(0, maxMessageChars)}…` : known;
  return secretsAndHosts.reduce((shown, [pattern, word]) => shown.replace(pattern, word), cut);
}
