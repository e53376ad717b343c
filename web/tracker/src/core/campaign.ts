import type { Fields } from '../surface.ts';
import type { Arrival } from './platform.ts';

// gclid, dclid, fbclid, ttclid, msclkid, clickid; gbraid, wbraid; bd_vid (Baidu), gdt_vid and qz_gdt (Tencent).
const CLICK_ID = /(cl(ick|k)?id|braid|_vid|_gdt)$/;

/** Return the campaign and the click that a visit's query speaks of. */
export function arrivalOf(query: Record<string, string>, url?: string): Arrival {
  const campaign: Fields = {};
  const referrer: Fields = url ? { url } : {};
  for (const name in query) {
    const part = name.replace(/^utm_/, '');
    if (part !== name) campaign[part === 'campaign' ? 'name' : part] = query[name];
    else if (CLICK_ID.test(name)) Object.assign(referrer, { id: query[name], type: name });
  }
  return { campaign: filled(campaign), referrer: filled(referrer) };
}

function filled(fields: Fields): Fields | undefined {
  return Object.keys(fields).length ? fields : undefined;
}
