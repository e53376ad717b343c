import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrivalOf } from '../src/core/campaign.ts';
import { touchesOf, visitOf } from '../src/core/visit.ts';
import { fieldsOf } from '../src/mp/query.ts';
import type { Fields } from '../src/surface.ts';
import { storeOn } from './world.ts';

const NOON = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;

test('a session ends after 30 minutes of silence, not of time', () => {
  const store = storeOn(new Map());
  const minutes = [0, 30, 59, 89.01, 89.5];
  const visits = minutes.map((minute) => visitOf(store, NOON + minute * MINUTE, null));
  assert.deepEqual(visits.map(({ sessionId }) => sessionId), [NOON, NOON, NOON, NOON + 89.01 * MINUTE, NOON + 89.01 * MINUTE]);
  assert.deepEqual(visits.map(({ sessionStart }) => sessionStart), [true, undefined, undefined, true, undefined]);
});

test('utm fields and click ids become campaign and referrer', () => {
  const query = { utm_source: 'baidu', utm_medium: 'cpc', utm_campaign: '双十一', utm_term: 't', bd_vid: 'x1', page: '2' };
  assert.deepEqual(arrivalOf(query, 'https://baidu.com/s'), {
    campaign: { source: 'baidu', medium: 'cpc', name: '双十一', term: 't' },
    referrer: { url: 'https://baidu.com/s', id: 'x1', type: 'bd_vid' },
  });
  for (const type of ['gclid', 'gbraid', 'wbraid', 'fbclid', 'msclkid', 'ttclid', 'gdt_vid', 'qz_gdt', 'clickid']) {
    assert.deepEqual(arrivalOf({ [type]: 'v' }).referrer, { id: 'v', type });
  }
  assert.deepEqual(arrivalOf({ product: 'a' }), { campaign: undefined, referrer: undefined });
});

test('the first touch stays, the last is the latest that was not direct, and a campaign is its session’s only', () => {
  const store = storeOn(new Map());
  const spring = arrivalOf({ utm_source: 'wechat', utm_campaign: 'spring' });
  const search = arrivalOf({}, 'https://www.bing.com/');
  const seen: Fields[] = [];
  seen.push(visitOf(store, NOON, spring));
  seen.push(visitOf(store, NOON + MINUTE, null));
  seen.push(visitOf(store, NOON + 120 * MINUTE, arrivalOf({})));
  seen.push(visitOf(store, NOON + 121 * MINUTE, search));
  assert.deepEqual(seen.map(({ campaign }) => (campaign as Fields)?.name), ['spring', 'spring', undefined, undefined]);
  assert.deepEqual(seen[3].referrer, { url: 'https://www.bing.com/' });
  const { first_touch, last_touch } = touchesOf(store) as Record<string, { campaign?: Fields; referrer?: Fields; session: number }>;
  assert.equal(first_touch.campaign!.name, 'spring');
  assert.equal(first_touch.session, NOON);
  assert.equal(last_touch.referrer!.url, 'https://www.bing.com/');
});

test('a store that somebody else wrote into does no harm', () => {
  const store = storeOn(new Map([['zy.s', 'nonsense'], ['zy.first', '{'], ['zy.last', 'x']]));
  assert.equal(visitOf(store, NOON, null).sessionId, NOON);
  assert.deepEqual(touchesOf(store), { first_touch: null, last_touch: null });
});

test('a query is read with its percent signs, and a broken one as it stands', () => {
  assert.deepEqual(fieldsOf('?a=1&b=%E7%9F%A5+%E9%9F%B3&a=2&c=&d&e=%E7%9#f=1'), { a: '2', b: '知 音', c: '', e: '%E7%9', f: '1' });
});
