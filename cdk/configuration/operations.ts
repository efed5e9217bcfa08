import * as logs from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

/** Who is told of alarms. A region's `alarmTopicArn` comes first; without either, alarms are there to be looked at. */
export const alarmsSchema = z.strictObject({
  email: z.email('expected an e-mail address').optional(),
});

/** Those of CloudWatch Logs, but for "for ever". */
const retentions = Object.values(logs.RetentionDays).filter(
  (days): days is logs.RetentionDays => typeof days === 'number' && days !== logs.RetentionDays.INFINITE,
);

/** How long things are kept. */
export const retentionSchema = z.strictObject({
  logDays: z.literal(retentions).default(logs.RetentionDays.ONE_MONTH),
  /** Governance can be put back to any second of so many days. */
  recoveryDays: z.int().min(1).max(35).default(35),
});

/**
 * Stores what is asked and answered, in a bucket of the same region under a key of its own. Absent: prompts and answers
 * are stored nowhere.
 */
export const promptsSchema = z.strictObject({ keepDays: z.int().min(1).max(3_650) });
