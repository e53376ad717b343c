// A device with a clock that is moved by hand, and a collector that answers as it is told.
import type { Answer, Platform, Store } from '../src/core/platform.ts';
import type { Fields } from '../src/surface.ts';

export interface Sent {
  at: number;
  sentAt: string;
  isLeaving: boolean;
  batch: Fields[];
}

export interface World {
  platform: Platform;
  texts: Map<string, string>;
  sent: Sent[];
  /** Answers for the next posts; afterwards 200. A function may look at the batch. */
  answers: (Answer | 'nothing' | 'no network' | ((batch: Fields[]) => Answer))[];
  pass(milliseconds: number): Promise<void>;
}

export function storeOn(texts: Map<string, string>): Store {
  return {
    get: (name) => texts.get(name) ?? null,
    set: (name, text) => void texts.set(name, text),
    remove: (name) => void texts.delete(name),
    names: () => [...texts.keys()],
  };
}

/** One page; give the `texts` and the `sent` of another for a second page of the same browser. */
export function world(start = Date.UTC(2026, 2, 1, 8), shared?: World, random = Math.random): World {
  const texts = shared?.texts ?? new Map<string, string>();
  const sent = shared?.sent ?? [];
  const answers: World['answers'] = shared?.answers ?? [];
  let now = start;
  let timers: { at: number; work: () => void }[] = [];
  const store = storeOn(texts);

  const platform: Platform = {
    store,
    ids: store,
    now: () => now,
    random,
    later: (work, milliseconds) => void timers.push({ at: now + milliseconds, work }),
    context: () => ({ library: { name: 'test' } }),
    page: () => ({ path: '/here' }),
    arrival: () => ({}),
    post(body, isLeaving) {
      const { sentAt, batch } = JSON.parse(body);
      sent.push({ at: now, sentAt, isLeaving, batch });
      const answer = answers.shift() ?? { status: 200 };
      if (answer === 'nothing') return new Promise(() => {});
      if (answer === 'no network') return Promise.reject(new TypeError('Failed to fetch'));
      return Promise.resolve(typeof answer === 'function' ? answer(batch) : answer);
    },
  };

  async function pass(milliseconds: number): Promise<void> {
    const end = now + milliseconds;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = timers.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      timers = timers.slice(1);
      now = Math.max(now, Math.ceil(next.at)); // clocks of browsers tell whole milliseconds
      next.work();
    }
    now = end;
  }

  return { platform, texts, sent, answers, pass };
}

/** The ids of all items that were sent, in order, repeats included. */
export function idsOf(sent: Sent[]): unknown[] {
  return sent.flatMap(({ batch }) => batch.map(({ messageId }) => messageId));
}
