/**
 * Settings of AWS clients whose callers are people, schedules or CloudFormation: they wait longer than a request may, and
 * not for ever.
 */
export const unhurriedClient = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
