import { marks } from '../core/marks.ts';
import type { Fields, Tracker } from '../surface.ts';

const PRIVATE = '[data-zy-private]';
const TYPED_IN = `${PRIVATE},input,select,textarea,[contenteditable]`;

/**
 * Send clicks and forms: those marked with `data-zy-event`, and, on request, links and buttons at large.
 *
 * What people type is never read, and nothing inside `data-zy-private` is.
 */
export function watchClicks(tracker: Tracker, isAutomatic: boolean): void {
  addEventListener('click', ({ target }) => {
    const marked = nearest(target, '[data-zy-event]:not(form)');
    if (marked) return send(marked);
    const element = isAutomatic && nearest(target, 'a[href],button,[role=button],[type=submit],[type=button]');
    if (!element) return;
    const isLink = element.tagName === 'A';
    tracker.track(isLink ? 'Link Clicked' : 'Button Clicked', {
      ...nameOf(element),
      text: element.matches(TYPED_IN) || element.querySelector(TYPED_IN) ? undefined : textOf(element),
      href: isLink ? address((element as HTMLAnchorElement).href) : undefined,
    });
  }, true);
  addEventListener('submit', ({ target }) => {
    const form = nearest(target, 'form');
    if (!form) return;
    if (form.dataset.zyEvent) send(form);
    else if (isAutomatic) tracker.track('Form Submitted', nameOf(form));
  }, true);

  function send({ dataset }: HTMLElement): void {
    const { event, ...properties } = marks(dataset);
    tracker.track(event as string, properties);
  }
}

function nearest(target: EventTarget | null, selector: string): HTMLElement | null {
  const element = target instanceof Element ? target : null;
  return element && !element.closest(PRIVATE) ? element.closest<HTMLElement>(selector) : null;
}

function nameOf(element: HTMLElement): Fields {
  return { id: element.id, name: element.getAttribute('name') };
}

function textOf(element: HTMLElement): string {
  return element.textContent!.replace(/\s+/g, ' ').trim().slice(0, 80);
}

/** Return where a link leads, without its query; of `mailto:` and the like only that. */
function address(href: string): string {
  return /^http/.test(href) ? href.replace(/[?#].*/, '') : href.replace(/:.*/, ':');
}
