import { newId } from './ids.ts';
import type { Answer, Platform } from './platform.ts';

const ITEM = 'zy.q.';
const WAIT = 'zy.w';
const MOST_ITEMS = 500;
const LARGEST_BATCH = 60_000; // bytes; a browser takes 64 KB from a page that is being left
const CLAIM = 20_000; // ms for which an item that is being sent is nobody else's
const PATIENCE = 15_000; // ms until an answer counts as missing
// The collector knows a repeated event for seven days; an older one might count twice.
const OLDEST = 6 * 86_400_000;
const LONGEST_WAIT = 300_000;

export interface Queue {
  add(item: string): void;
  flush(): Promise<void>;
  /** Send what waits from a page that may be gone in a moment. */
  leave(): void;
}

/**
 * Open the queue of events that the collector has not confirmed.
 *
 * Every event is an entry of the store of its own, so that pages of the same shop never overwrite
 * each other's. It stays until the collector has answered: an event may be sent twice, with the same id,
 * but is not lost with its page. The name of an entry tells its time and its page, its text starts with the time until
 * which some page is sending it. What is young is left to its own page; of what is older a page takes what it finds.
 */
export function openQueue({ store, now, random, later, post }: Platform): Queue {
  const page = newId(random);
  let count = 1e5; // as many digits for all, as entries are sorted by their names
  let failures = 0;
  let most = 50;
  let running: Promise<void> | null = null;
  let dueAt = Infinity;

  function waiting(): string[] {
    const oldest = now() - OLDEST;
    return store.names().filter((name) => {
      if (!name.startsWith(ITEM)) return false;
      const isFresh = timeOf(name) > oldest;
      if (!isFresh) store.remove(name);
      return isFresh;
    }).sort();
  }

  function add(item: string): void {
    const names = waiting();
    if (names.length >= MOST_ITEMS) store.remove(names[0]);
    store.set(`${ITEM}${now().toString(36)}.${count++}${page}`, `0|${item}`);
    schedule(names.length >= 20 ? 0 : 1_500);
  }

  function schedule(milliseconds: number): void {
    const at = now() + milliseconds;
    if (at >= dueAt) return;
    dueAt = at;
    later(() => {
      if (at === dueAt) void flush();
    }, milliseconds);
  }

  /** Take a batch of items that nobody is sending. */
  function claim(): [names: string[], body: string] {
    const names: string[] = [];
    const items: string[] = [];
    let bytes = 0;
    for (const name of waiting()) {
      const [, until, item] = /^(\d+)\|([^]*)$/.exec(store.get(name)!) || [];
      const isYoung = !name.endsWith(page) && left(timeOf(name) + CLAIM, CLAIM);
      if (!item || isYoung || left(+until, CLAIM)) continue;
      bytes += item.replace(/[^\0-\x7f]/g, 'xxx').length;
      if (items.length >= most || (items[0] && bytes > LARGEST_BATCH)) break;
      store.set(name, `${now() + CLAIM}|${item}`);
      names.push(name);
      items.push(item);
    }
    return [names, `{"sentAt":"${new Date(now()).toISOString()}","batch":[${items}]}`];
  }

  /** Return the time left; a limit further ahead than `longest` was set by a clock that went wrong. */
  function left(until: number, longest: number): number {
    const time = until - now();
    return time > 0 && time <= longest ? time : 0;
  }

  function pause(): number {
    return left(+store.get(WAIT)!, LONGEST_WAIT);
  }

  /** Note an answer; return how long to wait, in ms, if it was none. */
  function settle(names: string[], { status, retryAfter }: Answer): number {
    const kind = (status / 100) | 0;
    const isTaken = kind === 2;
    const isRefused = kind === 4 && status !== 408 && status !== 429;
    // One item may have spoiled the batch for all: then each goes alone.
    const isMixed = (status === 400 || status === 413) && names.length > 1;
    if (isMixed) most = 1;
    for (const name of names) {
      const text = store.get(name); // null if consent was withdrawn meanwhile
      if (isTaken || (isRefused && !isMixed)) store.remove(name);
      else if (text) store.set(name, text.replace(/^\d+/, '0'));
    }
    if (isTaken || isRefused) return (failures = 0);
    const wait = Math.min(1_000 * (retryAfter || 2 ** ++failures * (0.5 + random() / 2)), LONGEST_WAIT);
    // A collector that asks for time gets it from all pages; a network that is missing may be back with the next.
    if (status) store.set(WAIT, `${now() + wait}`);
    return wait;
  }

  async function drain(): Promise<void> {
    for (let wait = pause(); ; ) {
      if (wait) return schedule(wait);
      const [names, body] = claim();
      if (!names.length) {
        if (waiting().length) schedule(CLAIM);
        else most = 50;
        return;
      }
      wait = settle(names, await answered(post(body, false)));
    }
  }

  function answered(posted: Promise<Answer>): Promise<Answer> {
    return Promise.race([
      posted,
      new Promise<Answer>((resolve) => later(() => resolve({ status: 0 }), PATIENCE)),
    ]).catch(() => ({ status: 0 }));
  }

  async function flush(): Promise<void> {
    dueAt = Infinity;
    running = running || drain();
    try {
      await running;
    } finally {
      running = null;
    }
  }

  function leave(): void {
    if (pause()) return;
    const [names, body] = claim();
    if (names.length) void answered(post(body, true)).then((answer) => settle(names, answer));
  }

  if (waiting().length) schedule(500);
  return { add, flush, leave };
}

function timeOf(name: string): number {
  return parseInt(name.slice(5), 36);
}
