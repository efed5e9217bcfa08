import { createHandler } from './create-handler.ts';
import { createGateway } from './gateway.ts';
import { lambdaEnvironment } from './lambda-environment.ts';
import { storing } from './prompts.ts';
import { freeResponseSockets } from './response-sockets.ts';

freeResponseSockets(process.env);

const environment = lambdaEnvironment(process.env);
const gateway = createGateway(environment);

/** The gateway function of a deployment. */
export const handler = createHandler(gateway, storing(environment));

// Runs while Lambda hands over the first request, which joins it where it still has to wait. Never rejects.
void gateway.warm();
