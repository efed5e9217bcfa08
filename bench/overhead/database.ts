import { startDatabase } from '../../functions/local/database.ts';
import { answerParent } from './ipc.ts';

/** The database of the gateway, which on AWS is nobody's process: what it takes is not the gateway's. */
const { port } = await startDatabase('local');

answerParent({ address: () => ({ port }) });
