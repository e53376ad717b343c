import type { Platform, Store } from '../core/platform.ts';

/** Return the browser's own store; what it refuses is kept in memory while the page lives. */
export function localStore(): Store {
  const memory: Record<string, string> = {};
  // The browser throws where it is full or switched off, the access itself included.
  function tried<T>(work: (area: Storage) => T, instead: T): T {
    try {
      return work(localStorage);
    } catch {
      return instead;
    }
  }
  return {
    get: (name) => memory[name] || tried((area) => area.getItem(name), null),
    set(name, text) {
      if (tried((area) => area.setItem(name, text), null) === null) memory[name] = text;
      else delete memory[name];
    },
    remove(name) {
      delete memory[name];
      tried((area) => area.removeItem(name), undefined);
    },
    names: () => Object.keys(memory).concat(tried(Object.keys, [])),
  };
}

/** Return a store in cookies that last a year, with another beside it for browsers that refuse them. */
export function cookieStore(beside: Store, domain: () => string | undefined): Platform['ids'] {
  function write(name: string, text: string, seconds: number): void {
    const scope = domain();
    document.cookie =
      `${name}=${encodeURIComponent(text)};path=/;max-age=${seconds};SameSite=Lax` +
      (scope ? `;domain=${scope}` : '') +
      (location.protocol === 'https:' ? ';Secure' : '');
  }
  return {
    get(name) {
      const found = document.cookie.match(`(?:^|; )${name}=([^;]*)`);
      return found ? decodeURIComponent(found[1]) : beside.get(name);
    },
    set(name, text) {
      write(name, text, 31_536_000);
      beside.set(name, text);
    },
    remove(name) {
      write(name, '', 0);
      beside.remove(name);
    },
  };
}
