import type { Fields } from '../surface.ts';

/** Texts by name that outlive the page. */
export interface Store {
  get(name: string): string | null;
  set(name: string, text: string): void;
  remove(name: string): void;
  names(): string[];
}

/** What a collector answered; status 0 if there was no answer. */
export interface Answer {
  status: number;
  /** In seconds, if the collector said how long to wait. */
  retryAfter?: number;
}

/** How somebody came: read when the script starts. */
export interface Arrival {
  campaign?: Fields;
  referrer?: Fields;
  page?: string;
}

/** What the core asks of a browser or of a mini-program. */
export interface Platform {
  /** Where events wait, and sessions and touches are kept. */
  store: Store;
  /** Where ids and the consent are kept. */
  ids: Pick<Store, 'get' | 'set' | 'remove'>;
  now(): number;
  random(): number;
  later(work: () => void, milliseconds: number): void;
  /** Send a batch; `isLeaving` when the page may be gone before the answer. */
  post(body: string, isLeaving: boolean): Promise<Answer>;
  /** The context of an event that happens now. */
  context(): Fields;
  /** Fields of the page or screen that is open now. */
  page(): Fields;
  arrival(): Arrival;
}

/** Return what a stored text holds; null if there is none, or somebody else wrote there. */
export function parsed<T>(text: string | null): T | null {
  try {
    return JSON.parse(text!); // of null it is null
  } catch {
    return null;
  }
}
