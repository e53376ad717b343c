import type { Fields, WebOptions, WebTracker } from '../surface.ts';
import { createTracker, optionsOf, replay } from './index.ts';

// The script as a page loads it: what it is told stands in its tag, what was called before it in a stub.
const { src: source = '', dataset = {} } = (document.currentScript || {}) as HTMLScriptElement;
const place = window as unknown as Record<string, WebTracker | undefined>;
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
  const tracker = createTracker();
  place[name] = key ? asSegment(tracker) : tracker;
  if (told.writeKey) tracker.init(told as unknown as WebOptions);
  replay(tracker, ((stub as unknown as unknown[][]) || []).map(asOurs));
}

/** Take the calls of Segment's script, those that mean nothing here among them. */
function asSegment(tracker: WebTracker): WebTracker {
  return new Proxy(tracker, {
    // It is no promise, whatever `await` asks.
    get: (_, method) => method === 'then' ? undefined : (...given: unknown[]) => replay(tracker, [asOurs([method, ...given])]),
  });
}

/** Return a call without what Segment's stub adds about the page, and with its callback made soon. */
function asOurs(call: unknown[]): unknown[] {
  return call.filter((one) =>
    typeof one === 'function' ? void setTimeout(one as () => void) : !one || (one as Fields).__t !== 'bpc',
  );
}
