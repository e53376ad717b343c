import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventName } from '../src/core/events.ts';
import { marks } from '../src/core/marks.ts';
import { createCore } from '../src/core/tracker.ts';
import type { Fields, Options } from '../src/surface.ts';
import { optionsOf } from '../src/web/index.ts';
import { type World, world } from './world.ts';

const NAMES = [
  'Product List Viewed', 'Product List Filtered', 'Promotion Viewed', 'Promotion Clicked', 'Product Clicked',
  'Product Viewed', 'Product Added', 'Product Removed', 'Cart Viewed', 'Checkout Started', 'Checkout Step Viewed',
  'Checkout Step Completed', 'Payment Info Entered', 'Order Updated', 'Order Completed', 'Order Refunded',
  'Order Cancelled', 'Coupon Entered', 'Coupon Applied', 'Coupon Denied', 'Coupon Removed', 'Product Added to Wishlist',
  'Product Removed from Wishlist', 'Wishlist Product Added to Cart', 'Product Shared', 'Cart Shared', 'Product Reviewed',
  'Products Searched',
];

function opened(options: Partial<Options> = {}, isBarred = false, shared?: World) {
  const device = world(undefined, shared);
  const core = createCore(device.platform);
  core.open({ writeKey: 'k', ...options }, isBarred);
  return { ...device, core, zhiyin: core.api };
}

/** Let everything be sent and return the items. */
async function itemsOf({ pass, sent }: Pick<World, 'pass' | 'sent'>): Promise<Fields[]> {
  await pass(3_000);
  return sent.flatMap(({ batch }) => batch);
}

test('an event carries its id, its time, who and where', async () => {
  const page = opened();
  page.zhiyin.track('Product Viewed', { product_id: 'p1' });
  const [item] = await itemsOf(page);
  assert.equal(item.type, 'track');
  assert.equal(item.event, 'Product Viewed');
  assert.deepEqual(item.properties, { product_id: 'p1' });
  assert.match(item.messageId as string, /^[0-9a-f]{32}$/);
  assert.match(item.anonymousId as string, /^[0-9a-f]{32}$/);
  assert.equal(item.anonymousId, page.zhiyin.anonymousId());
  assert.equal(item.timestamp, '2026-03-01T08:00:00.000Z');
  assert.equal((item.context as Fields).sessionStart, true);
  assert.deepEqual((item.context as Fields).library, { name: 'test' });
});

test('every method of a shop sends the event that its name says', async () => {
  const page = opened();
  const methods = page.zhiyin as unknown as Record<string, (properties: Fields) => void>;
  for (const name of NAMES) {
    const method = name.replace(/ (.)/g, (_, letter: string) => letter.toUpperCase());
    methods[method[0].toLowerCase() + method.slice(1)]({ n: name });
  }
  const items = await itemsOf(page);
  assert.deepEqual(items.map(({ event }) => event), NAMES);
  assert.deepEqual(items.map(({ properties }) => (properties as Fields).n), NAMES);
  assert.equal(eventName('identify'), null);
  assert.equal(methods.trak, undefined);
});

test('a search tells its query', async () => {
  const page = opened();
  page.zhiyin.search('毛衣', { results: 3 });
  const [{ event, properties }] = await itemsOf(page);
  assert.equal(event, 'Products Searched');
  assert.deepEqual(properties, { query: '毛衣', results: 3 });
});

test('an order is one event, however often its page is loaded', async () => {
  const page = opened();
  page.zhiyin.orderCompleted({ order_id: '1001', revenue: 9 });
  page.zhiyin.track('Order Completed', { order_id: '1001', revenue: 9 });
  page.zhiyin.orderRefunded({ order_id: '1001' });
  const [first, again, refund] = await itemsOf(page);
  assert.equal(first.messageId, 'order-1001');
  assert.equal(again.messageId, 'order-1001');
  assert.notEqual(refund.messageId, 'order-1001');
});

test('identify stays, reset forgets it and makes a new anonymous id', async () => {
  const page = opened();
  const before = page.zhiyin.anonymousId();
  page.zhiyin.identify('u1', { email: 'a@b.c' });
  page.zhiyin.track('A');
  page.zhiyin.identify({ city: '上海' });
  page.zhiyin.alias('u2');
  page.zhiyin.group('g1', { name: 'G' });
  page.zhiyin.reset();
  page.zhiyin.track('B');
  const [identify, a, traits, alias, group, b] = await itemsOf(page);
  assert.deepEqual([identify.userId, identify.traits, identify.anonymousId], ['u1', { email: 'a@b.c' }, before]);
  assert.equal(a.userId, 'u1');
  assert.deepEqual([traits.userId, traits.traits], ['u1', { city: '上海' }]);
  assert.deepEqual([alias.userId, alias.previousId], ['u2', 'u1']);
  assert.deepEqual([group.groupId, group.traits], ['g1', { name: 'G' }]);
  assert.equal(b.userId, undefined);
  assert.notEqual(b.anonymousId, before);
});

test('page takes what Segment’s page takes', async () => {
  const page = opened();
  page.zhiyin.page();
  page.zhiyin.page('Home');
  page.zhiyin.page('Docs', 'Home', { x: 1 }, { context: { locale: 'zh-CN' } });
  page.zhiyin.page({ y: 2 });
  const items = await itemsOf(page);
  assert.deepEqual(items.map(({ name, category }) => [category, name]), [
    [undefined, undefined], [undefined, 'Home'], ['Docs', 'Home'], [undefined, undefined],
  ]);
  assert.deepEqual(items.map(({ properties }) => properties), [
    { path: '/here' }, { path: '/here' }, { path: '/here', x: 1 }, { path: '/here', y: 2 },
  ]);
  assert.equal((items[2].context as Fields).locale, 'zh-CN');
});

test('options of a call replace its time and its id', async () => {
  const page = opened();
  page.zhiyin.track('A', {}, { messageId: 'mine', timestamp: '2026-01-01T00:00:00Z', userId: 'u9' });
  const [item] = await itemsOf(page);
  assert.deepEqual([item.messageId, item.timestamp, item.userId], ['mine', '2026-01-01T00:00:00Z', 'u9']);
});

test('before a required consent nothing is stored or sent; after it, what was held is', async () => {
  const page = opened({ consent: 'required' });
  page.zhiyin.page();
  page.zhiyin.identify('u1');
  page.zhiyin.track('A');
  assert.deepEqual(await itemsOf(page), []);
  assert.equal(page.texts.size, 0);
  assert.equal(page.zhiyin.anonymousId(), null);
  page.zhiyin.consent({ analytics: true, marketing: false });
  const items = await itemsOf(page);
  assert.deepEqual(items.map(({ type }) => type), ['page', 'identify', 'track']);
  for (const { context } of items) {
    assert.deepEqual((context as Fields).consent, { categoryPreferences: { analytics: true, marketing: false } });
  }
  assert.equal(items[2].userId, 'u1');
});

test('a refusal drops what was held and stores nothing but itself', async () => {
  const page = opened({ consent: 'required' });
  page.zhiyin.track('A');
  page.zhiyin.consent({ analytics: false });
  page.zhiyin.track('B');
  assert.deepEqual(await itemsOf(page), []);
  assert.deepEqual([...page.texts], [['zy_consent', '{"analytics":false}']]);
});

test('withdrawal stops and clears, in the other pages too', async () => {
  const page = opened();
  const other = opened({}, false, page);
  page.zhiyin.identify('u1');
  other.zhiyin.track('A');
  await itemsOf(page);
  page.zhiyin.track('waits');
  page.zhiyin.consent({ analytics: false });
  other.zhiyin.track('B');
  const count = page.sent.length;
  await page.pass(60_000);
  await other.pass(60_000);
  assert.equal(page.sent.length, count);
  assert.deepEqual([...page.texts.keys()], ['zy_consent']);
  page.zhiyin.consent({ analytics: true });
  page.zhiyin.track('C');
  await page.pass(3_000);
  assert.equal(page.sent[page.sent.length - 1].batch[0].userId, undefined);
});

test('consent changes category by category, and can be asked for', () => {
  const page = opened();
  assert.equal(page.zhiyin.consent(), null);
  page.zhiyin.consent({ marketing: false });
  page.zhiyin.consent({ analytics: true });
  assert.deepEqual(page.zhiyin.consent(), { marketing: false, analytics: true });
  assert.ok(page.zhiyin.anonymousId());
});

test('a browser that asks not to be tracked is not, whatever is called', async () => {
  const page = opened({}, true);
  page.zhiyin.consent({ analytics: true });
  page.zhiyin.track('A');
  assert.deepEqual(await itemsOf(page), []);
  assert.equal(page.texts.size, 0);
});

test('calls before the start are made at the start', async () => {
  const device = world();
  const core = createCore(device.platform);
  let isReady = false;
  core.api.ready(() => (isReady = true));
  core.api.track('early');
  core.api.consent({ analytics: true });
  await device.pass(5_000);
  assert.deepEqual([device.texts.size, isReady], [0, false]);
  core.open({ writeKey: 'k', consent: 'required' }, false);
  const items = await itemsOf(device);
  assert.deepEqual(items.map(({ event, timestamp }) => [event, timestamp]), [['early', '2026-03-01T08:00:00.000Z']]);
  assert.ok(isReady);
});

test('an event that JSON cannot hold does not throw into the shop’s code', async (context) => {
  const page = opened();
  const said = context.mock.method(console, 'error', () => {});
  const round: Fields = {};
  round.self = round;
  page.zhiyin.track('A', round);
  page.zhiyin.track('B');
  const items = await itemsOf(page);
  assert.deepEqual(items.map(({ event }) => event), ['B']);
  assert.equal(said.mock.callCount(), 1);
});

test('data attributes become fields and options', () => {
  assert.deepEqual(marks({ zyEvent: 'X', zyProductId: '007', other: 'no' }), { event: 'X', product_id: '007' });
  const dataset = { writeKey: 'k', autocapture: '', spa: 'false', pages: 'true', cookieDomain: 'a.com' };
  assert.deepEqual(optionsOf(dataset), { writeKey: 'k', autocapture: true, spa: false, pages: 'true', cookieDomain: 'a.com' });
});
