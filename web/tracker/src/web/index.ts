import { createCore } from '../core/tracker.ts';
import type { Fields, WebOptions, WebTracker } from '../surface.ts';
import { browser } from './browser.ts';
import { watchClicks } from './clicks.ts';
import { watchPages } from './pages.ts';

/** Build the tracker of a page. */
export function createTracker(): WebTracker {
  let options: Partial<WebOptions> = {};
  let isOpen = false;
  const core = createCore(browser(() => options));

  function init(given: WebOptions): void {
    if (isOpen) return;
    const { prerendering } = document as Document & { prerendering?: boolean };
    if (prerendering) return addEventListener('prerenderingchange', () => init(given)); // nobody sees it yet
    isOpen = true;
    options = { ...given, host: (given.host || location.origin).replace(/\/$/, '') };
    const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };
    core.open(given, !!given.honorDoNotTrack && (globalPrivacyControl || doNotTrack === '1'));
    addEventListener('online', () => void tracker.flush());
    // What is called right after the start, or stands in the stub, comes before the first page view: who it is, above all.
    void Promise.resolve().then(() => {
      watchPages(tracker, given, core.leave);
      watchClicks(tracker, !!given.autocapture);
    });
  }

  const tracker = Object.assign(core.api, { init, push: (...calls: unknown[][]) => replay(tracker, calls) });
  return tracker;
}

/** Make calls that a stub kept as lists of a name and arguments; unknown ones are passed over. */
export function replay(tracker: WebTracker, calls: Iterable<unknown[]>): void {
  const methods = tracker as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const [name, ...given] of calls) {
    const method = methods[name as string];
    if (method) method(...given);
  }
}

/** Return the options that a script tag carries as `data-` attributes. */
export function optionsOf(dataset: DOMStringMap): Fields {
  const options: Fields = {};
  for (const name in dataset) {
    options[name] = dataset[name] !== 'false' && (dataset[name] || true);
  }
  return options;
}
