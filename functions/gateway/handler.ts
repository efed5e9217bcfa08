import { createHandler } from './create-handler.ts';
import { createGateway } from './gateway.ts';
import { lambdaEnvironment } from './lambda-environment.ts';

const gateway = createGateway(lambdaEnvironment(process.env));

/** The gateway function of a deployment. */
export const handler = createHandler(gateway);

// Runs while Lambda hands over the first request, which joins it where it still has to wait. Never rejects.
void gateway.warm();
