import { registerHooks } from 'node:module';

// Preloaded (`node --import`) where the runtime client starts without its native addon: it is given `rapid-client.ts`
// instead, in worker threads too.
const url = new URL('rapid-client.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith('/rapid-client.node')
      ? { url, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});
