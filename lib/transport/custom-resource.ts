import type { Clock, Timer } from '../domain/ports.ts';

/** What CloudFormation sends about a custom resource, as far as an answer needs it. */
export interface CustomResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Signed: who has it can answer in the function's place. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

export interface CustomResource {
  /** CloudFormation knows the resource by this for ever: another one would be another resource, and the old one deleted. */
  readonly id: string;
  /** For CloudFormation: what could not be done. */
  readonly failure: string;
  /** Less than the function has, so that CloudFormation hears of work that never ends. */
  readonly withinMs: number;
  readonly clock: Clock;
  readonly work: () => Promise<void>;
  /** One JSON line of the log. */
  readonly log: (record: object) => void;
}

class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/**
 * Does the work of a custom resource and tells CloudFormation how it ended, whatever happens: it would wait an hour for
 * an answer that does not come (docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html). It is
 * told the kind of error alone, which says nothing of what is stored. Rejects where it cannot be told: Lambda then
 * invokes again.
 */
export async function answerCloudFormation(
  event: CustomResourceEvent,
  resource: CustomResource,
  send: typeof fetch = fetch,
): Promise<void> {
  const problem = await problemOf(resource);
  if (problem !== undefined)
    resource.log({ event: 'custom_resource_problem', resource: resource.id, problem });
  const response = await send(event.ResponseURL, {
    method: 'PUT',
    // The URL is signed for a request without a content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({
      Status: problem === undefined ? 'SUCCESS' : 'FAILED',
      Reason: problem === undefined ? '' : `${resource.failure}: ${problem}`,
      PhysicalResourceId: resource.id,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    }),
  });
  if (!response.ok) throw new Error(`CloudFormation's URL answered ${response.status}`);
}

async function problemOf({ work, withinMs, clock }: CustomResource): Promise<string | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(withinMs, () => reject(new TookTooLong()));
  });
  try {
    await Promise.race([work(), late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown error';
  } finally {
    timer?.cancel();
  }
}
