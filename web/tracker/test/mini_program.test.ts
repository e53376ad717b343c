import assert from 'node:assert/strict';
import { type TestContext, beforeEach, test } from 'node:test';

import { createTracker } from '../src/mp/index.ts';
import type { Fields, MiniProgramOptions } from '../src/surface.ts';
import { type Phone, phone } from './wechat.ts';

type Definition = Record<string, (this: unknown, ...given: unknown[]) => unknown>;
type Place = Record<string, unknown> & { VERSION?: string };

const place = globalThis as unknown as Place;
const HOST = 'https://data.shop.example';
let registered: Record<string, Definition>;

beforeEach(() => {
  registered = {};
  place.VERSION = '0';
  for (const name of ['App', 'Page', 'Component']) {
    place[name] = (definition: Definition) => void (registered[name] = definition);
  }
});

function opened(context: TestContext, options: Partial<MiniProgramOptions> = {}, device: Phone = phone()) {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 2, 1, 8) });
  place.getCurrentPages = () => device.stack;
  const zhiyin = createTracker();
  zhiyin.init(device.wx, { host: `${HOST}/`, writeKey: 'k', ...options });
  return { ...start(context, device), zhiyin };
}

function start(context: TestContext, device: Phone) {
  async function pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 100) {
      context.mock.timers.tick(Math.min(left, 100));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async function items(): Promise<Fields[]> {
    await pass(3_000);
    return device.posts.flatMap(({ batch }) => batch);
  }
  return { device, pass, items };
}

const register = (name: string, definition: object) => (place[name] as (one: object) => void)(definition);
const named = (items: Fields[]) => items.map(({ type, event }) => event ?? type);

test('an event goes out by wx.request with the same envelope as a page’s', async (context) => {
  const { zhiyin, device, items } = opened(context, { app: { name: '知音商城', version: '1.2' } });
  zhiyin.productViewed({ product_id: 'p1' });
  const [item] = await items();
  assert.equal(device.posts[0].url, `${HOST}/v1/b?writeKey=k`);
  assert.deepEqual(device.posts[0].header, { 'content-type': 'text/plain' });
  assert.deepEqual([item.type, item.event, item.properties], ['track', 'Product Viewed', { product_id: 'p1' }]);
  const told = item.context as Record<string, Fields>;
  assert.equal(told.platform as unknown, 'mini_program');
  assert.deepEqual(told.app, { name: '知音商城', version: '1.2' });
  assert.deepEqual(told.device, { manufacturer: 'HUAWEI', model: 'Mate 60', type: 'android' });
  assert.deepEqual(told.os, { name: 'Android', version: '12' });
  assert.equal(told.locale as unknown, 'zh-CN');
  assert.equal(told.page.path, '/pages/home');
});

test('opening, pages, time in view, sharing and going to the background are sent without being told', async (context) => {
  const { device, pass, items } = opened(context);
  const calls: string[] = [];
  register('App', { onLaunch: () => calls.push('launch'), onShow: () => calls.push('show') });
  register('Page', {
    onShow: () => calls.push('page'),
    onShareAppMessage: () => ({ title: '毛衣' }),
  });
  const { App: app, Page: page } = registered;
  app.onShow({ scene: 1001, path: 'pages/home', query: {} });
  page.onShow();
  await pass(4_000);
  assert.deepEqual(page.onShareAppMessage({ from: 'button' }), { title: '毛衣' });
  page.onHide();
  app.onHide();
  await pass(100);
  app.onShow({ scene: 1001, path: 'pages/home', query: {} });
  page.onShow();
  await pass(2_000);
  page.onUnload();
  const sent = await items();
  assert.deepEqual(named(sent), [
    'Application Opened', 'page', 'Page Shared', 'Page Left', 'Application Backgrounded',
    'Application Opened', 'page', 'Page Left',
  ]);
  const properties = sent.map((one) => one.properties as Fields);
  assert.deepEqual([properties[0].from_background, properties[5].from_background], [false, true]);
  assert.deepEqual([properties[1].path, properties[2].from, properties[2].to], ['/pages/home', 'button', 'chat']);
  assert.deepEqual([properties[3].visible_ms, properties[7].visible_ms], [4_000, 2_000]);
  assert.deepEqual(calls, ['show', 'page', 'page'].slice(0, 2).concat(['show', 'page']));
  assert.ok(device.storage.has('zhiyin'));
});

test('a page that has no share menu gets none', (context) => {
  opened(context);
  register('Page', { onShow() {} });
  assert.equal('onShareAppMessage' in registered.Page, false);
});

test('taps on marked elements are sent once, with their data', async (context) => {
  const { items } = opened(context);
  const tap = { type: 'tap', currentTarget: { dataset: { zyEvent: 'Product Clicked', zyProductId: 'p7', other: 1 } } };
  register('Page', {
    buy(this: Definition, event: unknown) {
      return registered.Page.again.call(this, event);
    },
    again: () => 'done',
    plain() {},
  });
  assert.equal(registered.Page.buy(tap), 'done');
  registered.Page.plain({ type: 'tap', currentTarget: { dataset: {} } });
  registered.Page.plain('not an event');
  const sent = await items();
  assert.deepEqual(named(sent), ['Product Clicked']);
  assert.deepEqual(sent[0].properties, { product_id: 'p7' });
});

test('pages that a framework makes of components are watched, and plain components are not pages', async (context) => {
  const { items } = opened(context);
  register('Component', { methods: { onLoad() {}, onShow() {} } });
  const page = registered.Component.methods as unknown as Definition;
  page.onShow();
  register('Component', { methods: { tapped() {} } });
  const component = registered.Component.methods as unknown as Definition;
  assert.equal(component.onShow, undefined);
  component.tapped({ type: 'tap', currentTarget: { dataset: { zyEvent: 'Coupon Tapped' } } });
  register('Component', { properties: {} });
  assert.deepEqual(named(await items()), ['page', 'Coupon Tapped']);
});

test('automatic: false leaves App and Page alone', (context) => {
  const before = [place.App, place.Page];
  opened(context, { automatic: false });
  assert.deepEqual([place.App, place.Page], before);
});

const ARRIVALS: [name: string, entry: Fields, campaign: Fields | undefined, referrer?: Fields][] = [
  ['utm fields of the path', { scene: 1058, query: { utm_source: 'wx', utm_campaign: '618' } }, { source: 'wx', name: '618' }],
  ['a card in a chat', { scene: 1007 }, { source: 'wechat', medium: 'share' }],
  ['an article of the account', { scene: 1058 }, { source: 'wechat', medium: 'official_account' }],
  ['words in the code', { scene: 1047, query: { scene: 'utm_source%3Dposter%26utm_medium%3Dqr' } }, { source: 'poster', medium: 'qr' }],
  ['a printed address', { scene: 1011, query: { q: 'https%3A%2F%2Fs.cn%2Fa%3Futm_source%3Dstore' } }, { source: 'store' }],
  ['a subscribed message', { scene: 1107 }, { source: 'wechat', medium: 'message' }],
  ['another mini-program', { scene: 1037, referrerInfo: { appId: 'wx1' } }, { source: 'wechat', medium: 'mini_program' }, { id: 'wx1', type: 'mini_program' }],
  ['an advertisement’s click', { scene: 1045, query: { gdt_vid: 'g1' } }, { source: 'wechat', medium: 'ad' }, { id: 'g1', type: 'gdt_vid' }],
  ['the list of those used', { scene: 1089 }, undefined],
];

for (const [name, entry, campaign, referrer] of ARRIVALS) {
  test(`how somebody came is known: ${name}`, async (context) => {
    const { zhiyin, items } = opened(context, {}, phone({ path: 'pages/home', ...entry }));
    zhiyin.track('A');
    const told = (await items())[0].context as Fields;
    assert.deepEqual(told.campaign, campaign);
    assert.deepEqual(told.referrer, referrer);
    assert.equal(told.scene, entry.scene);
  });
}

test('opened again by a link, the new campaign counts', async (context) => {
  const { zhiyin, items } = opened(context);
  register('App', {});
  registered.App.onShow({ scene: 1001 });
  registered.App.onHide();
  registered.App.onShow({ scene: 1007, query: { utm_source: 'friend' } });
  zhiyin.track('A');
  const last = (await items()).pop()!.context as Fields;
  assert.deepEqual(last.campaign, { source: 'friend' });
});

test('events made without a network wait in storage over a restart and go when it is back', async (context) => {
  const first = opened(context);
  first.device.answers.push('fail', 'fail', 'fail', 'fail', 'fail', 'fail');
  first.zhiyin.track('Offline');
  await first.pass(5_000);
  assert.match(first.device.storage.get('zhiyin')!, /Offline/);
  first.device.answers.length = 0;
  const before = first.device.posts.length;

  const again = createTracker();
  again.init(first.device.wx, { host: HOST, writeKey: 'k', automatic: false });
  await first.pass(20_000);
  first.device.network(true);
  await first.pass(1_000);
  const sent = first.device.posts.slice(before).flatMap(({ batch }) => batch);
  assert.ok(named(sent).includes('Offline'));
  const ids = new Set(first.device.posts.flatMap(({ batch }) => batch.map(({ messageId }) => messageId)));
  assert.equal(ids.size, 1);
  await first.pass(1_000);
  assert.doesNotMatch(first.device.storage.get('zhiyin') ?? '', /Offline/);
});

test('the network’s return sends at once', async (context) => {
  const { device, zhiyin, pass } = opened(context);
  device.answers.push('fail');
  zhiyin.track('A');
  await pass(1_600);
  assert.equal(device.posts.length, 1);
  device.network(true);
  await pass(100);
  assert.equal(device.posts.length, 2);
});

test('429 with Retry-After in any case of letters is waited for', async (context) => {
  const { device, zhiyin, pass } = opened(context);
  device.answers.push({ statusCode: 429, header: { 'Retry-After': '10' } });
  zhiyin.track('A');
  await pass(11_000);
  assert.equal(device.posts.length, 1);
  await pass(2_000);
  assert.equal(device.posts.length, 2);
});

test('before a required consent nothing is stored or sent', async (context) => {
  const { device, zhiyin, items } = opened(context, { consent: 'required' });
  register('App', {});
  registered.App.onShow({ scene: 1007 });
  zhiyin.identifyWechat({ openid: 'o1' });
  registered.App.onHide();
  assert.deepEqual(await items(), []);
  assert.equal(device.storage.size, 0);
  zhiyin.consent({ analytics: true });
  const sent = await items();
  assert.deepEqual(named(sent), ['Application Opened', 'identify', 'Application Backgrounded']);
  assert.deepEqual((sent[0].context as Fields).consent, { categoryPreferences: { analytics: true } });
});

test('with consent: wechat the acceptance of WeChat’s privacy agreement counts', async (context) => {
  const device = phone();
  device.needsPrivacy = true;
  const { zhiyin, items } = opened(context, { consent: 'wechat' }, device);
  zhiyin.track('A');
  assert.deepEqual(await items(), []);
  device.needsPrivacy = false;
  zhiyin.checkPrivacy();
  assert.deepEqual(named(await items()), ['A']);
});

test('a refusal of the shop’s own is not undone by WeChat’s agreement', async (context) => {
  const { zhiyin, items } = opened(context, { consent: 'wechat' });
  zhiyin.consent({ analytics: false });
  zhiyin.checkPrivacy();
  zhiyin.track('A');
  assert.deepEqual(await items(), []);
});

test('WeChat’s ids identify, the shop’s own first', async (context) => {
  const { zhiyin, items } = opened(context);
  zhiyin.identifyWechat({ openid: 'o1', unionid: 'un1' }, { city: '杭州' });
  zhiyin.identifyWechat({ openid: 'o1', userId: 'u1' });
  zhiyin.identifyWechat({});
  const [first, second, ...more] = await items();
  assert.deepEqual([first.userId, first.traits], ['un1', { city: '杭州', openid: 'o1', unionid: 'un1' }]);
  assert.deepEqual((first.context as Fields).externalIds, [
    { id: 'o1', type: 'wechat_openid', collection: 'users', encoding: 'none' },
    { id: 'un1', type: 'wechat_unionid', collection: 'users', encoding: 'none' },
  ]);
  assert.equal(second.userId, 'u1');
  assert.deepEqual(more, []);
});

test('the id outlives the mini-program', async (context) => {
  const { device, zhiyin, pass } = opened(context);
  const id = zhiyin.anonymousId();
  await pass(500);
  const again = createTracker();
  again.init(device.wx, { host: HOST, writeKey: 'k', automatic: false });
  assert.equal(again.anonymousId(), id);
});

test('calls before init are made by it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 2, 1, 8) });
  const device = phone();
  place.getCurrentPages = () => device.stack;
  const zhiyin = createTracker();
  zhiyin.track('Early');
  zhiyin.init(device.wx, { host: HOST, writeKey: 'k' });
  assert.deepEqual(named(await start(context, device).items()), ['Early']);
});
