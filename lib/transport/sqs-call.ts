import { callAws, type AwsService } from './aws-call.ts';

/** SQS in the region of its queues. */
export type Sqs = Omit<AwsService, 'service'>;

/**
 * Calls SQS by its JSON protocol, at the host of a queue
 * (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html): a few calls need
 * no SDK. Rejects as callAws does; whatever came has a status.
 */
export const callSqs = (sqs: Sqs, queueUrl: string, action: string, body: object) =>
  callAws(
    { ...sqs, service: 'sqs' },
    {
      method: 'POST',
      url: new URL('/', queueUrl).href,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
      body: JSON.stringify(body),
    },
  );
