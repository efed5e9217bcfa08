import type { Decision } from '../domain/decision.ts';
import type { Explanation } from '../domain/explanation.ts';
import type { Policy } from '../domain/policy.ts';
import type { RequestQuotas } from './request-quotas.ts';
import type { Tab } from './tab.ts';

/** What has become of a request so far: whoever ends it needs as much of it as there is. */
export interface Served {
  /** Where its trace goes; absent: nobody traces it. */
  readonly traceHeader?: string | undefined;
  policy?: Policy;
  /** Absent: no limit applies. */
  quotas?: RequestQuotas | undefined;
  tab?: Tab;
  decision?: Decision;
  /** Why nobody was left to decide for. */
  undecided?: Explanation;
}
