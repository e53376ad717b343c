import { marks } from '../core/marks.ts';
import type { Fields, Tracker } from '../surface.ts';
import type { Entry } from './wechat.ts';

type Method = (this: unknown, ...given: never[]) => unknown;
type Definition = Record<string, unknown>;
type Register = (definition: Definition) => unknown;

// WeChat's own functions; a mini-program's files see them by name alone.
declare let App: Register;
declare let Page: Register;
declare let Component: Register;

/** What the hooks report to. */
export interface Watcher {
  tracker: Tracker;
  shown(entry: Entry): void;
  hidden(): void;
  pageFields(): Fields;
}

/** Call `first` before the method `name`, which need not be there. */
function hook(definition: Definition, name: string, first: (this: unknown, ...given: never[]) => void): void {
  const original = definition[name] as Method | undefined;
  definition[name] = function (this: unknown, ...given: never[]) {
    first.apply(this, given);
    return original && original.apply(this, given);
  };
}

/**
 * Watch the mini-program and its pages from now on.
 *
 * Frameworks (uni-app, Taro) end in the same three functions: `Page`, or a `Component` that has a page's methods.
 */
export function watch(watcher: Watcher): void {
  if (typeof App === 'function') App = wrapped(App, (definition) => watchApp(definition, watcher));
  if (typeof Page === 'function') Page = wrapped(Page, (definition) => watchPage(definition, watcher));
  if (typeof Component !== 'function') return;
  Component = wrapped(Component, (definition) => {
    const methods = definition.methods as Definition | undefined;
    if (methods && (methods.onLoad || methods.onShow)) watchPage(methods, watcher);
    else if (methods) watchTaps(methods, watcher);
  });
}

function wrapped(register: Register, prepare: (definition: Definition) => void): Register {
  return function (this: unknown, definition) {
    prepare(definition);
    return register.call(this, definition);
  };
}

function watchApp(definition: Definition, { tracker, shown, hidden }: Watcher): void {
  let openedAt = 0;
  let isFirst = true;
  hook(definition, 'onShow', (entry: Entry = {}) => {
    openedAt = Date.now();
    shown(entry);
    const { scene, path } = entry;
    tracker.track('Application Opened', { from_background: !isFirst, scene, path });
    isFirst = false;
  });
  hook(definition, 'onHide', () => {
    tracker.track('Application Backgrounded', { visible_ms: Date.now() - openedAt });
    hidden();
  });
}

function watchPage(definition: Definition, watcher: Watcher): void {
  const { tracker, pageFields } = watcher;
  let here: Fields = {};
  let shownAt = 0;
  function left(): void {
    if (!shownAt) return; // hidden already
    const visible_ms = Date.now() - shownAt;
    shownAt = 0;
    tracker.track('Page Left', { ...here, visible_ms }, { context: { page: here } });
  }
  watchTaps(definition, watcher);
  hook(definition, 'onShow', () => {
    here = pageFields();
    shownAt = Date.now();
    tracker.page();
  });
  hook(definition, 'onHide', left);
  hook(definition, 'onUnload', left);
  // Only where the page has them: their presence is what switches sharing on.
  for (const name of ['onShareAppMessage', 'onShareTimeline']) {
    if (!definition[name]) continue;
    hook(definition, name, ({ from }: { from?: string } = {}) => {
      tracker.track('Page Shared', { ...pageFields(), from, to: name === 'onShareTimeline' ? 'timeline' : 'chat' });
    });
  }
}

function watchTaps(methods: Definition, { tracker }: Watcher): void {
  let latest: unknown;
  for (const name in methods) {
    if (typeof methods[name] !== 'function') continue;
    hook(methods, name, (tap?: { type?: string; currentTarget?: { dataset?: Fields } }) => {
      if (!tap || tap === latest || tap.type !== 'tap' || !tap.currentTarget) return;
      latest = tap; // one method may hand it on to another
      const { event, ...properties } = marks(tap.currentTarget.dataset || {});
      if (event) tracker.track(event as string, properties);
    });
  }
}
