import { arrivalOf } from '../core/campaign.ts';
import type { Answer, Platform } from '../core/platform.ts';
import type { Fields, WebOptions } from '../surface.ts';
import { cookieStore, localStore } from './stores.ts';

declare const VERSION: string;

/** Return the browser as the core sees it; `options` are those of `init`, once it was called. */
export function browser(options: () => Partial<WebOptions>): Platform {
  const store = localStore();
  return {
    store,
    ids: cookieStore(store, () => options().cookieDomain),
    now: Date.now,
    random: () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32,
    later: (work, milliseconds) => void setTimeout(work, milliseconds),
    post: (body, isLeaving) => post(`${options().host}/v1/b?writeKey=${options().writeKey}`, body, isLeaving),
    context,
    page: currentPage,
    arrival() {
      const query: Record<string, string> = {};
      new URLSearchParams(location.search).forEach((text, name) => (query[name] = text));
      const isOwn = document.referrer.split('/')[2] === location.host;
      return { ...arrivalOf(query, isOwn ? '' : document.referrer), page: location.href };
    },
  };
}

/** Return what is told of the page that is open. */
export function currentPage(): Fields {
  return {
    path: location.pathname,
    referrer: document.referrer,
    search: location.search,
    title: document.title,
    url: location.href,
  };
}

function context(): Fields {
  return {
    library: { name: 'zhiyin-web', version: VERSION },
    page: currentPage(),
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height },
    userAgent: navigator.userAgent,
  };
}

function post(url: string, body: string, isLeaving: boolean): Promise<Answer> {
  const knowsKeepalive = 'keepalive' in Request.prototype;
  if (isLeaving && !knowsKeepalive) {
    navigator.sendBeacon(url, body);
    return new Promise(() => {}); // a beacon is never answered: the next page sends the same again
  }
  // Text is sent across origins without asking first, which a page that closes has no time for.
  const keepalive = body.length * 3 < 65_536 || isLeaving;
  return fetch(url, { method: 'POST', body, keepalive, credentials: 'omit' }).then(({ status, headers }) => ({
    status,
    retryAfter: +headers.get('Retry-After')!,
  }));
}
