import * as z from 'zod';

/**
 * A log line as CloudWatch's specification of the embedded metric format has it
 * (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html): its
 * objects take no other members, and every name they mention is a member of the line.
 */
const text = (most: number) => z.string().min(1).max(most);

const metric = z.strictObject({
  Name: text(1024),
  Unit: z.enum(['Count', 'Milliseconds', 'None']),
});

const directive = z.strictObject({
  Namespace: text(256).regex(/^[\w.\-/#]+$/),
  Dimensions: z.array(z.array(text(250)).max(30)).min(1),
  Metrics: z.array(metric).min(1).max(100),
});

const line = z
  .looseObject({
    _aws: z.strictObject({
      Timestamp: z.int().positive(),
      CloudWatchMetrics: z.array(directive).min(1),
    }),
  })
  .superRefine((root, context) => {
    const wants = (name: string, type: z.ZodType): void => {
      const { success } = type.safeParse(root[name]);
      if (!success)
        context.addIssue({ code: 'custom', message: `"${name}" is ${JSON.stringify(root[name])}` });
    };
    for (const { Dimensions, Metrics } of root._aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) wants(name, text(1024));
      for (const { Name } of Metrics) wants(Name, z.number());
    }
  });

/**
 * What CloudWatch takes from a line: `Name{dimension=value,…}` -> value, after checking it against the specification.
 * Nothing, from a line that carries none.
 */
export function metricsIn(written: object): Readonly<Record<string, number>> {
  // As it stands in the log: what is undefined is not there.
  const root: unknown = JSON.parse(JSON.stringify(written));
  if (typeof root !== 'object' || root === null || !('_aws' in root)) return {};
  const checked = line.parse(root);
  const found: Record<string, number> = {};
  for (const { Namespace, Dimensions, Metrics } of checked._aws.CloudWatchMetrics) {
    for (const set of Dimensions) {
      const by = set.map((name) => `${name}=${String(checked[name])}`).join(',');
      for (const { Name } of Metrics) {
        const id = `${Name}{${by}}`;
        if (id in found) throw new Error(`${id} is told twice in one line: CloudWatch would count it twice`);
        if (Namespace !== 'Fairlead') throw new Error(`${id} is in the namespace "${Namespace}"`);
        found[id] = Number(checked[Name]);
      }
    }
  }
  return found;
}

/** The sums over several lines. */
export function metricsOver(lines: readonly object[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const each of lines) {
    for (const [id, value] of Object.entries(metricsIn(each))) sums[id] = (sums[id] ?? 0) + value;
  }
  return sums;
}
