import type { Tracker, WebOptions } from '../surface.ts';
import { currentPage } from './browser.ts';

const TICK = 1_000;
const ATTENTION = 15_000; // ms after a movement, touch, key or scroll in which somebody counts as active

/**
 * Watch which page is open, for how long it is seen, and how far down.
 *
 * `visible_ms` is the time a page was in view, `active_ms` the part of it with somebody at work on
 * it. Both count from the last `Page Left` of the same page, so that sums over events are right; a computer that
 * sleeps counts for nothing.
 */
export function watchPages(tracker: Tracker, options: WebOptions, leave: () => void): void {
  const { pages = true, spa = pages, dwell = pages } = options;
  let here = currentPage();
  let address = route();
  let visible = 0;
  let active = 0;
  let depth = 0;
  let isSeen = !document.hidden;
  let measured = performance.now();
  let moved = measured;

  function measure(): void {
    const now = performance.now();
    // Timers stop while a computer sleeps: a gap is not attention.
    const passed = Math.min(now - measured, 2 * TICK);
    measured = now;
    if (isSeen) {
      visible += passed;
      if (now - moved < ATTENTION) active += passed;
    }
    isSeen = !document.hidden;
  }

  function look(): void {
    moved = performance.now();
    const { scrollHeight } = document.documentElement;
    const seen = (4 * (scrollY + innerHeight + 1)) / scrollHeight;
    depth = Math.max(depth, Math.min(4, seen >> 0) * 25);
  }

  function close(): void {
    const [visible_ms, active_ms] = [Math.round(visible), Math.round(active)];
    visible = active = 0;
    if (dwell && visible_ms) {
      tracker.track('Page Left', { ...here, visible_ms, active_ms, scroll_depth: depth }, { context: { page: here } });
    }
  }

  function open(): void {
    here = { ...currentPage(), ...(here.url !== location.href && { referrer: here.url }) };
    depth = 0;
    look();
    if (pages) tracker.page(here);
  }

  function moveOn(): void {
    if (route() === address) return;
    address = route();
    measure();
    close();
    const to = address;
    // The title is that of the page before until the router has drawn; it may lead on at once, too.
    setTimeout(() => to === address && open());
  }

  function depart(): void {
    measure();
    close();
    leave();
  }

  open();
  if (spa) {
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = function (this: History, ...given: Parameters<History['pushState']>) {
        original.apply(this, given);
        moveOn();
      };
    }
    addEventListener('popstate', moveOn);
    addEventListener('hashchange', moveOn);
  }
  for (const name of ['scroll', 'pointerdown', 'pointermove', 'keydown']) {
    addEventListener(name, look, { passive: true, capture: true });
  }
  setInterval(measure, TICK);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) depart();
    else measure();
  });
  addEventListener('pagehide', depart);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) open();
  });
}

/** The part of the address that tells pages apart: anchors inside a page do not. */
function route(): string {
  return location.pathname + location.search + (/^#[/!]/.test(location.hash) ? location.hash : '');
}
