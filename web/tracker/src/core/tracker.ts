import type { CallOptions, Fields, Options, Preferences, Tracker } from '../surface.ts';
import { eventName } from './events.ts';
import { newId } from './ids.ts';
import { type Arrival, type Platform, parsed } from './platform.ts';
import { openQueue, type Queue } from './queue.ts';
import { touchesOf, visitOf } from './visit.ts';

const ANONYMOUS = 'zy_id';
const USER = 'zy_user';
const CONSENT = 'zy_consent';
const MOST_HELD = 100;

interface Call extends Fields {
  type: string;
  timestamp: string;
  context: Fields;
}

/** The tracker, and what the platform's own part needs of it. */
export interface Core {
  api: Tracker;
  /** Start: `isBarred` when the browser asks not to be tracked and the shop honors that. */
  open(options: Options, isBarred: boolean): void;
  /** Send what waits from a page that may be gone in a moment. */
  leave(): void;
  /** Take a fresh arrival, as when a mini-program is opened again. */
  arrive(arrival: Arrival): void;
}

/** Build the tracker on a platform. Calls before `open`, or before a required consent, are held in memory. */
export function createCore(platform: Platform): Core {
  const { store, ids } = platform;
  let options: Options | null = null;
  let isBarred = false;
  let queue: Queue | null = null;
  let arrival: Arrival | null = null;
  let held: Call[] = [];
  const whenOpen: (() => void)[] = [];

  /** Whether events may be stored; null while that is not known. */
  function isAllowed(): boolean | null {
    if (!options) return null;
    if (isBarred) return false;
    const told = preferences();
    return (told && told.analytics) ?? (options.consent === 'required' ? null : true);
  }

  function preferences(): Preferences | null {
    return parsed<Preferences>(ids.get(CONSENT));
  }

  function call(type: string, fields: Fields, extra?: CallOptions): void {
    const { context, ...rest } = extra || {};
    const one: Call = {
      type,
      messageId: newId(platform.random),
      timestamp: new Date(platform.now()).toISOString(),
      ...fields,
      ...rest,
      context: { ...platform.context(), ...context },
    };
    const may = isAllowed();
    if (may) send(one);
    else if (may === null && held.length < MOST_HELD) held.push(one);
  }

  function send(one: Call): void {
    if (one.type === 'identify' && one.userId) ids.set(USER, `${one.userId}`);
    const visit = visitOf(store, platform.now(), arrival);
    arrival = null;
    const told = preferences();
    const item = {
      anonymousId: anonymousId(),
      userId: ids.get(USER) || undefined,
      ...one,
      context: {
        ...visit,
        // A third of an event's size: told where somebody comes in, not with every click.
        ...(one.type !== 'track' && touchesOf(store)),
        ...(told && { consent: { categoryPreferences: told } }),
        ...one.context,
      },
    };
    try {
      queue!.add(JSON.stringify(item));
    } catch (error) {
      console.error(error); // what JSON cannot hold must not stop the shop's own code
    }
  }

  function anonymousId(): string | null {
    if (!isAllowed()) return null;
    const id = ids.get(ANONYMOUS) || newId(platform.random);
    ids.set(ANONYMOUS, id); // each time, as it lasts a year from the last visit
    return id;
  }

  function track(event: string, properties?: Fields, extra?: CallOptions): void {
    const order = event === 'Order Completed' && properties && properties.order_id;
    // A reloaded page of thanks is not a second order.
    call('track', { event, properties, ...(order ? { messageId: `order-${order}`.slice(0, 100) } : {}) }, extra);
  }

  function page(...given: unknown[]): void {
    const words = given.filter((one) => typeof one === 'string');
    const [properties, extra] = given.slice(words.length) as Fields[];
    const name = words.pop();
    const category = words.pop();
    call('page', { name, category, properties: { ...platform.page(), ...properties } }, extra);
  }

  function identify(user: unknown, ...more: unknown[]): void {
    const isNamed = typeof user !== 'object';
    const [traits, extra] = (isNamed ? more : [user, ...more]) as Fields[];
    call('identify', { ...(isNamed && { userId: user }), traits }, extra);
  }

  function alias(userId: string, previousId?: string, extra?: CallOptions): void {
    call('alias', { userId, previousId: previousId || ids.get(USER) || anonymousId() }, extra);
  }

  function reset(): void {
    ids.remove(ANONYMOUS);
    ids.remove(USER);
    store.remove('zy.s');
  }

  function consent(given?: Preferences): Preferences | null {
    if (!options) {
      whenOpen.push(() => consent(given)); // only then is it known where to keep it
    } else if (given && !isBarred) {
      ids.set(CONSENT, JSON.stringify({ ...preferences(), ...given }));
      settle();
    }
    return preferences();
  }

  function settle(): void {
    const may = isAllowed();
    if (may === null) return;
    const waiting = held;
    held = [];
    if (may) return waiting.forEach(send);
    for (const name of store.names()) if (/^zy\./.test(name)) store.remove(name);
    reset();
  }

  function open(given: Options, barred: boolean): void {
    isBarred = barred;
    options = given;
    queue = openQueue(platform);
    arrival = platform.arrival();
    settle();
    whenOpen.splice(0).forEach((callback) => callback());
  }

  const api = {
    track,
    page,
    identify,
    alias,
    reset,
    consent,
    anonymousId,
    group: (groupId: string, traits?: Fields, extra?: CallOptions) => call('group', { groupId, traits }, extra),
    search: (query: string, properties?: Fields) => track('Products Searched', { query, ...properties }),
    flush: async () => isAllowed() && queue!.flush(),
    ready: (callback?: () => void) => void (callback && (options ? callback() : whenOpen.push(callback))),
  } as unknown as Tracker & Record<string, unknown>;
  const withShopEvents = new Proxy(api, {
    get(methods, name) {
      const event = eventName(String(name));
      if (!event) return methods[name as string];
      return (properties?: Fields, extra?: CallOptions) => track(event, properties, extra);
    },
  });
  return {
    api: withShopEvents,
    open,
    leave: () => isAllowed() && queue!.leave(),
    arrive: (fresh) => (arrival = fresh),
  } as Core;
}
