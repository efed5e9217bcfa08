/**
 * What counts are kept of: a route is `provider/model`, a key route `provider/model#key`. Names may hold any
 * character: what would make two subjects one is escaped.
 */

const inProvider = /[%/#]/g;
const inModel = /[%#]/g;

/* Asked for every candidate of every decision: nearly no name needs the expressions. */
const isPlain = (name: string): boolean => !name.includes('#') && !name.includes('%');

export const routeSubject = (provider: string, model: string): string =>
  isPlain(provider) && isPlain(model) && !provider.includes('/')
    ? `${provider}/${model}`
    : `${provider.replace(inProvider, encodeURIComponent)}/${model.replace(inModel, encodeURIComponent)}`;

export const keySubject = (provider: string, model: string, key: string): string =>
  `${routeSubject(provider, model)}#${key}`;

export const isKeySubject = (subject: string): boolean => subject.includes('#');

/** A longer name is nobody's model, and no sort key of DynamoDB (1,024 bytes with what stands before it). */
export const maxSubjectBytes = 900;
