import type { ListPrice } from './price.ts';

/**
 * The day the figures were looked up: AWS's Price List offers of July to October 2026, read in published extracts of
 * them. `unconfirmed` marks what none showed.
 */
export const pricesReadOn = '2026-11-26';

type More = Omit<ListPrice, 'what' | 'unit' | 'unitSize' | 'usd' | 'page'>;

const price = (
  what: string,
  [unit, unitSize]: readonly [unit: string, size: number],
  usd: number,
  page: string,
  more: More = {},
): ListPrice => ({ what, unit, unitSize, usd, page: `https://aws.amazon.com/${page}/pricing/`, ...more });

const each = (unit: string): readonly [string, number] => [unit, 1];
const millions = ['million', 1e6] as const;
const tenThousands = ['10,000', 1e4] as const;
const thousands = ['1,000', 1e3] as const;
const gbSeconds = ['1,000 GB-s', 1e3] as const;

const others = (ireland: number, frankfurt: number, tokyo: number): Pick<ListPrice, 'elsewhere'> => ({
  elsewhere: { 'eu-west-1': ireland, 'eu-central-1': frankfurt, 'ap-northeast-1': tokyo },
});
const everywhere = { everywhere: true } as const;
const unread = { unconfirmed: 'all' } as const;
const unreadIn = (...regions: readonly string[]): Pick<ListPrice, 'unconfirmed'> => ({
  unconfirmed: regions,
});
const westAndTokyo = unreadIn('eu-west-1', 'ap-northeast-1');
const free = (alwaysFree: number): Pick<ListPrice, 'alwaysFree'> => ({ alwaysFree });

/** Every price a bill is made of: us-east-1 first, then eu-west-1, eu-central-1 and ap-northeast-1 where they differ. */
export const listPrices = {
  key: price('KMS keys', each('key'), 1, 'kms', everywhere),
  keyRequests: price('KMS requests', tenThousands, 0.03, 'kms', { ...everywhere, ...free(20_000) }),
  secret: price('Secrets Manager secrets', each('secret'), 0.4, 'secrets-manager', everywhere),
  secretReads: price('Secrets Manager calls', tenThousands, 0.05, 'secrets-manager', everywhere),

  // A replicated write costs what a write does, at each replica its region's price, since November 2024.
  tableWrites: price('DynamoDB write units', millions, 0.625, 'dynamodb', others(0.705, 0.7625, 0.715)),
  tableReads: price('DynamoDB read units', millions, 0.125, 'dynamodb', others(0.1415, 0.1525, 0.1425)),
  tableStorage: price('DynamoDB storage', each('GB'), 0.25, 'dynamodb', {
    ...others(0.283, 0.306, 0.285),
    ...free(25),
  }),
  tableRecovery: price('DynamoDB point-in-time recovery', each('GB'), 0.2, 'dynamodb', {
    ...others(0.22, 0.2448, 0.228),
    ...unreadIn('ap-northeast-1'),
  }),

  // Each 10 MB of a streamed answer is a request.
  apiRequests: price('API Gateway requests', millions, 3.5, 'api-gateway', {
    ...others(3.5, 3.7, 4.25),
    ...westAndTokyo,
  }),
  lambdaRequests: price('Lambda requests', millions, 0.2, 'lambda', {
    ...others(0.2, 0.2, 0.2),
    ...free(1e6),
  }),
  lambdaDuration: price('Lambda duration, arm64', gbSeconds, 0.0133334, 'lambda', {
    ...others(0.0133334, 0.0133334, 0.0133334),
    ...westAndTokyo,
    ...free(400_000),
  }),
  provisioned: price('Lambda provisioned concurrency', gbSeconds, 0.0033334, 'lambda', {
    ...others(0.0033334, 0.0033334, 0.0033334),
    ...westAndTokyo,
  }),
  provisionedDuration: price('Lambda duration, provisioned', gbSeconds, 0.0077778, 'lambda', {
    ...others(0.0077778, 0.0077778, 0.0077778),
    ...westAndTokyo,
  }),
  streamedBytes: price('Lambda streamed over 6 MB', each('GB'), 0.008, 'lambda', unread),
  // By the two vCPUs of a c8g.large, m8g.large and r8g.large, and 15 % for managing them; AWS chooses the instances.
  computeVcpus: price('Managed instances, 2 GiB a vCPU', each('vCPU-hour'), 0.03988 * 1.15, 'lambda', unread),
  generalVcpus: price('Managed instances, 4 GiB a vCPU', each('vCPU-hour'), 0.04488 * 1.15, 'lambda', unread),
  memoryVcpus: price('Managed instances, 8 GiB a vCPU', each('vCPU-hour'), 0.05891 * 1.15, 'lambda', unread),

  natGateway: price('NAT gateways', each('hour'), 0.045, 'vpc', others(0.048, 0.052, 0.062)),
  natBytes: price('NAT gateway bytes', each('GB'), 0.045, 'vpc', others(0.048, 0.052, 0.062)),
  publicAddress: price('Public IPv4 addresses', each('hour'), 0.005, 'vpc', everywhere),
  endpoint: price('VPC endpoints, by zone', each('hour'), 0.01, 'privatelink', others(0.011, 0.012, 0.014)),
  endpointBytes: price('VPC endpoint bytes', each('GB'), 0.01, 'privatelink', everywhere),
  internetOut: price('Data out to the internet', each('GB'), 0.09, 'ec2', {
    ...others(0.09, 0.09, 0.114),
    ...free(100),
  }),
  betweenRegions: price('Data between regions', each('GB'), 0.02, 'ec2', {
    ...others(0.02, 0.02, 0.09),
    ...unreadIn('us-east-1', 'eu-west-1', 'eu-central-1'),
  }),

  hostedZone: price('Route 53 hosted zones', each('zone'), 0.5, 'route53', everywhere),
  // Of a CloudWatch alarm; the list names endpoints alone, of which an account has 50 free.
  healthCheck: price('Route 53 health checks', each('check'), 0.5, 'route53', { ...unread, ...free(50) }),
  firewall: price('WAF web ACLs', each('ACL'), 5, 'waf', everywhere),
  firewallRule: price('WAF rules', each('rule'), 1, 'waf', everywhere),
  firewallRequests: price('WAF requests', millions, 0.6, 'waf', everywhere),
  // For each 16 KB of a body beyond the first that WAF is told to look at.
  firewallBodies: price('WAF bodies beyond 16 KB', millions, 0.3, 'waf', unread),

  logBytes: price('CloudWatch log ingestion', each('GB'), 0.5, 'cloudwatch', {
    ...others(0.57, 0.63, 0.76),
    ...free(5),
  }),
  logStorage: price('CloudWatch log storage', each('GB'), 0.03, 'cloudwatch', others(0.03, 0.0324, 0.033)),
  metric: price('CloudWatch custom metrics', each('metric'), 0.3, 'cloudwatch', {
    ...everywhere,
    ...free(10),
  }),
  // One for each metric an alarm reads.
  alarm: price('CloudWatch alarms, by metric', each('metric'), 0.1, 'cloudwatch', {
    ...everywhere,
    ...free(10),
  }),
  dashboard: price('CloudWatch dashboards', each('dashboard'), 3, 'cloudwatch', {
    ...everywhere,
    ...free(3),
  }),
  trace: price('X-Ray traces', millions, 5, 'xray', { ...everywhere, ...free(100_000) }),
  queueRequests: price('SQS FIFO requests', millions, 0.5, 'sqs', {
    ...others(0.5, 0.5, 0.5),
    ...westAndTokyo,
    ...free(1e6),
  }),
  objectStorage: price('S3 storage', each('GB'), 0.023, 's3', others(0.023, 0.0245, 0.025)),
  objectWrites: price('S3 writes', thousands, 0.005, 's3', others(0.005, 0.0054, 0.0047)),

  // What a gateway in containers is made of.
  taskVcpus: price('Fargate vCPUs, arm64', each('vCPU-hour'), 0.03238, 'fargate', unread),
  taskMemory: price('Fargate memory, arm64', each('GB-hour'), 0.00356, 'fargate', unread),
  loadBalancer: price('Load balancer', each('hour'), 0.0225, 'elasticloadbalancing', {
    elsewhere: { 'eu-west-1': 0.0252 },
  }),
  loadBalancerUnits: price('Load balancer units', each('LCU-hour'), 0.008, 'elasticloadbalancing', {
    ...others(0.008, 0.008, 0.008),
    ...unreadIn('ap-northeast-1'),
  }),
  database: price('PostgreSQL db.t4g.small, two zones', each('hour'), 0.065, 'rds/postgresql', unread),
  databaseStorage: price('PostgreSQL storage, two zones', each('GB'), 0.23, 'rds/postgresql', unread),
  cache: price('Redis cache.t4g.micro', each('hour'), 0.016, 'elasticache', unread),
} as const satisfies Readonly<Record<string, ListPrice>>;
