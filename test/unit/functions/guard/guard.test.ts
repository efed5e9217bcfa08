import type { PutResourcePolicyCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { guard, WrongProperties } from '../../../../functions/guard/guard.ts';

function recorder() {
  const sent: unknown[] = [];
  const send = (command: PutResourcePolicyCommand) => {
    sent.push(command.input);
    return Promise.resolve({});
  };
  // The client's own type has an overload for every command.
  return { sent, client: { send: send as never } };
}

it('puts the policy of the table it is told, as it stands', async () => {
  const { client, sent } = recorder();
  const properties = {
    ServiceToken: 'arn:aws:lambda:eu-central-1:111111111111:function:guard',
    TableArn: 'arn:aws:dynamodb:eu-central-1:111111111111:table/fairlead-quotas',
    Policy: '{"Version":"2012-10-17","Statement":[]}',
  };
  await guard(client, properties);
  expect(sent).toEqual([{ ResourceArn: properties.TableArn, Policy: properties.Policy }]);
});

it.each([{}, { TableArn: 'arn' }, { Policy: '{}' }, { TableArn: 7, Policy: '{}' }])(
  'refuses %j',
  async (properties) => {
    const { client, sent } = recorder();
    await expect(guard(client, properties)).rejects.toThrow(WrongProperties);
    expect(sent).toEqual([]);
  },
);
