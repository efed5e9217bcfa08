import type {
  Cancellation,
  Clock,
  Headers,
  OutboundRequest,
  OutboundResponse,
  Transport,
} from '../../lib/domain/ports.ts';
import { TransportError } from '../../lib/domain/ports.ts';
import { fateOf, type Fate } from './provider-model.ts';
import { nameSeed, streamOf } from './random.ts';
import { RateMeter, type Metered } from './rate-meter.ts';
import { SimulatedBody, type Step } from './simulated-body.ts';
import { SimulatedRequest, wire } from './wire.ts';
import type { Place, World } from './world.ts';

interface Seat {
  readonly place: Place;
  readonly seed: number;
  readonly meters: Map<string, RateMeter>;
  underWay: number;
}

/** After so much generating without a message a gateway takes a stream for stalled: providers send as they go. */
const messageEveryMs = 10_000;

/** All providers of a world, as the fleet's transport. Every run has its own: limits and load are what the run makes of them. */
export class SimulatedProviders implements Transport {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #seed: number;
  readonly #seats = new Map<string, Seat>();
  #unknown: string | undefined;

  constructor(world: World, clock: Clock, seed: number) {
    this.#world = world;
    this.#clock = clock;
    this.#startMs = clock.nowMs();
    this.#seed = seed;
  }

  async send(request: OutboundRequest, cancellation: Cancellation): Promise<OutboundResponse> {
    if (!(request instanceof SimulatedRequest)) throw new TransportError('refused', 'not simulated');
    const { job, target, keyId } = request;
    const seat = this.#seat(target.provider.id, target.model);
    if (seat === undefined) throw new TransportError('refused', 'the world does not know this place');
    const nowMs = this.#clock.nowMs();
    const conditions = seat.place.conditions(nowMs - this.#startMs);
    const attempt = job.attempts.get(seat.place.name) ?? 0;
    job.attempts.set(seat.place.name, attempt + 1);
    const random = streamOf(this.#seed, job.index, seat.seed, attempt);
    const fate = fateOf(seat.place.behaviour, conditions, job.inputTokens, seat.underWay, random);
    if (fate.kind === 'refused') throw new TransportError('refused', 'the simulated provider is down');
    if (fate.kind === 'silent') {
      await this.#pass(Infinity, cancellation);
      throw new TransportError('cancelled', 'cancelled');
    }
    const metered = meterOf(seat, keyId).take(job.inputTokens + job.outputTokens, conditions.limits, nowMs);
    const headers = headersOf(metered);
    if (metered.retryAfterMs !== undefined) return this.#response(429, headers, [{ kind: 'end' }]);
    const waitMs = fate.kind === 'fault' ? fate.afterMs : fate.firstTokenMs;
    seat.underWay += 1;
    const leave = once(() => (seat.underWay -= 1));
    cancellation.onCancel(leave);
    await this.#pass(waitMs, cancellation);
    if (cancellation.cancelled) throw new TransportError('cancelled', 'cancelled');
    if (fate.kind === 'fault') return this.#response(fate.status, headers, [{ kind: 'end' }], leave);
    return this.#response(200, headers, answerSteps(fate, Math.max(1, job.outputTokens)), leave);
  }

  #response(status: number, headers: Headers, steps: readonly Step[], over?: () => void): OutboundResponse {
    return { status, headers, body: new SimulatedBody(this.#clock, steps, over) };
  }

  /** Resolves when the time has passed or the attempt is given up. */
  #pass(delayMs: number, cancellation: Cancellation): Promise<void> {
    return new Promise((resolve) => {
      const timer = delayMs === Infinity ? undefined : this.#clock.after(delayMs, resolve);
      cancellation.onCancel(() => {
        timer?.cancel();
        resolve();
      });
    });
  }

  /** A place that was asked for an answer and of which the world says nothing: the run means nothing then. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  #seat(provider: string, model: string): Seat | undefined {
    const name = `${provider}/${model}`;
    const known = this.#seats.get(name);
    if (known !== undefined) return known;
    const place = this.#world.place(provider, model);
    if (place === undefined) {
      this.#unknown ??= name;
      return undefined;
    }
    const seat: Seat = { place, seed: nameSeed(name), meters: new Map(), underWay: 0 };
    this.#seats.set(name, seat);
    return seat;
  }
}

function meterOf(seat: Seat, keyId: string): RateMeter {
  const known = seat.meters.get(keyId) ?? new RateMeter(seat.place.behaviour.limits ?? {});
  seat.meters.set(keyId, known);
  return known;
}

/** As OpenAI names them (developers.openai.com/api/docs/guides/rate-limits). */
function headersOf({ retryAfterMs, requests, tokens }: Metered): Headers {
  return {
    ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
    ...(requests && {
      'x-ratelimit-limit-requests': String(requests.limit),
      'x-ratelimit-remaining-requests': String(requests.left),
    }),
    ...(tokens && {
      'x-ratelimit-limit-tokens': String(tokens.limit),
      'x-ratelimit-remaining-tokens': String(tokens.left),
    }),
  };
}

/** The answer from its first token on; times are from then. */
function answerSteps(
  { tokensPerMs, cutAt }: Extract<Fate, { kind: 'answer' }>,
  outputTokens: number,
): readonly Step[] {
  const lastMs = ((outputTokens - 1) * (cutAt ?? 1)) / tokensPerMs;
  const steps: Step[] = [{ kind: 'data', atMs: 0, chunk: wire.content }];
  for (let atMs = messageEveryMs; atMs < lastMs; atMs += messageEveryMs) {
    steps.push({ kind: 'data', atMs, chunk: wire.content });
  }
  if (cutAt === undefined) {
    return [...steps, { kind: 'data', atMs: lastMs, chunk: wire.finish }, { kind: 'end', atMs: lastMs }];
  }
  return [...steps, { kind: 'cut', atMs: lastMs }];
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
