import type { Fields } from '../surface.ts';
import { type Arrival, type Store, parsed } from './platform.ts';

const SESSION = 'zy.s';
const FIRST = 'zy.first';
const LAST = 'zy.last';
const SILENCE = 1_800_000;

/** What is remembered of how somebody came; `session` is the id, and the start, of the session that it led to. */
interface Touch extends Arrival {
  session: number;
}

/**
 * Return how an event continues a visit, and note that it does.
 *
 * A session is a maximal run of events no two neighbours of which lie more than 30 minutes apart; its
 * id is its start. The first touch is how somebody came for the first time; the last touch, how they came most
 * recently by a campaign or from another site. A touch names the campaign of all events of its session.
 */
export function visitOf(store: Store, at: number, arrival: Arrival | null): Fields {
  const [start, latest] = `${store.get(SESSION)}`.split('.').map(Number);
  const isNew = !(at - latest <= SILENCE);
  const session = isNew ? at : start;
  store.set(SESSION, `${session}.${at}`);
  if (arrival) {
    const touch: Touch = { ...arrival, session };
    if (!store.get(FIRST)) store.set(FIRST, JSON.stringify(touch));
    if (arrival.campaign || arrival.referrer) store.set(LAST, JSON.stringify(touch));
  }
  const last = touchOf(store, LAST);
  const isOfNow = last && last.session === session;
  return {
    sessionId: session,
    sessionStart: isNew || undefined,
    ...(isOfNow && { campaign: last.campaign, referrer: last.referrer }),
  };
}

/** Return the first and the last touch. */
export function touchesOf(store: Store): Fields {
  return { first_touch: touchOf(store, FIRST), last_touch: touchOf(store, LAST) };
}

function touchOf(store: Store, name: string): Touch | null {
  return parsed(store.get(name));
}
