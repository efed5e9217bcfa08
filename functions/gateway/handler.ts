import { createHandler } from './create-handler.ts';
import { createGateway } from './gateway.ts';
import { lambdaEnvironment } from './lambda-environment.ts';

const gateway = createGateway(lambdaEnvironment(process.env));

/** The gateway function of a deployment. */
export const handler = createHandler(gateway);

// During initialisation, which Lambda does not count against the first request.
await gateway.warm();
