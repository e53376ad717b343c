import type { Fields, WebOptions, WebTracker } from '../surface.ts';
import { createTracker, optionsOf, replay } from './index.ts';

type Stub = unknown[][] & { _writeKey?: string };

// The script as a page loads it: what it is told stands in its tag, what was called before it in a stub.
const { src: source = '', dataset = {} } = (document.currentScript || {}) as HTMLScriptElement;
const place = window as unknown as Record<string, (Stub & WebTracker) | WebTracker | undefined>;
// A page that has Segment's snippet loads the script by that address, and asks for page views itself.
const [, key] = /\/analytics\.js\/v1\/([^/]+)\//.exec(source) || [];
const name = key ? 'analytics' : 'zhiyin';
const stub = place[name];

if (!stub || Array.isArray(stub)) {
  const told: Fields = {
    host: source && new URL(source).origin,
    ...(key && { writeKey: key, pages: false }),
    ...optionsOf(dataset),
  };
  const early = (stub as Stub) || [];
  const tracker = createTracker(told.writeKey ? early : []);
  place[name] = key ? asSegment(tracker) : tracker;
  if (told.writeKey) tracker.init(told as unknown as WebOptions);
  else replay(tracker, early);
}

/** Take callbacks where Segment's script does, and calls that mean nothing here. */
function asSegment(tracker: WebTracker): WebTracker {
  return new Proxy(tracker, {
    get(methods, method) {
      // It is no promise, whatever `await` asks.
      return method === 'then' ? undefined : (...given: unknown[]) => {
        const done = given[given.length - 1];
        if (typeof done === 'function') setTimeout(given.pop() as () => void);
        if (method !== 'ready') replay(methods, [[method, ...given]]);
      };
    },
  });
}
