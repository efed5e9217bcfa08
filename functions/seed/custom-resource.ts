import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** CloudFormation knows the resource by this for ever: another one would be another resource, and the old one deleted. */
const physicalId = 'first-document';

/**
 * Does the work of a custom resource and tells CloudFormation how it ended, whatever happens: it waits an hour for an
 * answer that does not come
 * (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html). What went wrong stands in the log;
 * CloudFormation is told the kind of error alone.
 */
export async function answering(
  event: CloudFormationCustomResourceEvent,
  work: () => Promise<void>,
  send: typeof fetch = fetch,
): Promise<void> {
  let failure: string | undefined;
  try {
    await work();
  } catch (error) {
    failure = error instanceof Error ? error.name : 'unknown error';
    console.log(JSON.stringify({ event: 'seed_problem', problem: failure }));
  }
  const response = await send(event.ResponseURL, {
    method: 'PUT',
    // The URL is signed for a request without a content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: failure === undefined ? '' : `the first document could not be stored: ${failure}`,
      PhysicalResourceId: physicalId,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    }),
  });
  // Lambda invokes again, and CloudFormation hears of it then.
  if (!response.ok) throw new Error(`CloudFormation's URL answered ${response.status}`);
}
