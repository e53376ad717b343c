import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openQueue } from '../src/core/queue.ts';
import { idsOf, world } from './world.ts';

const item = (id: string | number, more: object = {}) => JSON.stringify({ messageId: `${id}`, ...more });
const waiting = (texts: Map<string, string>) => [...texts.keys()].filter((name) => name.startsWith('zy.q.'));

test('an event is sent after a moment, with others, and forgotten once it is taken', async () => {
  const { platform, sent, texts, pass } = world();
  const queue = openQueue(platform);
  queue.add(item(1));
  queue.add(item(2));
  await pass(1_000);
  assert.equal(sent.length, 0);
  assert.equal(waiting(texts).length, 2);
  await pass(1_000);
  assert.deepEqual(idsOf(sent), ['1', '2']);
  assert.equal(sent.length, 1);
  assert.equal(sent[0].sentAt, new Date(sent[0].at).toISOString());
  assert.deepEqual(waiting(texts), []);
});

test('a batch holds at most 50 events and 60,000 bytes, and order is kept', async () => {
  const { platform, sent, pass } = world();
  const queue = openQueue(platform);
  for (let i = 0; i < 120; i++) queue.add(item(i));
  await pass(5_000);
  assert.deepEqual(sent.map(({ batch }) => batch.length), [50, 50, 20]);
  assert.deepEqual(idsOf(sent), Array.from({ length: 120 }, (_, i) => `${i}`));
  sent.length = 0;
  for (let i = 0; i < 5; i++) queue.add(item(i, { text: '知'.repeat(8_000) }));
  await pass(5_000);
  assert.deepEqual(sent.map(({ batch }) => batch.length), [2, 2, 1]);
  for (const { batch } of sent) assert.ok(Buffer.byteLength(JSON.stringify(batch)) < 61_000);
});

test('after 503 the same events are sent again, at growing intervals, with the same ids', async () => {
  const { platform, sent, answers, texts, pass } = world();
  answers.push({ status: 503 }, { status: 500 }, { status: 503 });
  const queue = openQueue(platform);
  queue.add(item('a'));
  await pass(60_000);
  assert.deepEqual(idsOf(sent), ['a', 'a', 'a', 'a']);
  const gaps = sent.slice(1).map(({ at }, i) => at - sent[i].at);
  gaps.forEach((gap, i) => assert.ok(gap >= 1_000 * 2 ** i && gap <= 2_000 * 2 ** i, `${gaps}`));
  assert.deepEqual(waiting(texts), []);
});

test('429 with Retry-After keeps all pages of the browser from sending for so long', async () => {
  const first = world();
  const second = world(undefined, first);
  first.answers.push({ status: 429, retryAfter: 30 });
  openQueue(first.platform).add(item('a'));
  await first.pass(2_000);
  await second.pass(2_000);
  const other = openQueue(second.platform);
  other.add(item('b'));
  await second.pass(28_000);
  other.leave();
  assert.deepEqual(idsOf(first.sent), ['a']);
  await second.pass(3_000);
  assert.deepEqual(idsOf(first.sent).slice(1).sort(), ['a', 'b']);
  assert.ok(first.sent[1].at - first.sent[0].at >= 30_000);
});

test('a Retry-After of an hour is cut to five minutes', async () => {
  const { platform, sent, answers, pass } = world();
  answers.push({ status: 429, retryAfter: 3_600 });
  openQueue(platform).add(item('a'));
  await pass(310_000);
  assert.equal(sent.length, 2);
  assert.ok(sent[1].at - sent[0].at >= 300_000);
});

for (const status of [400, 401, 403, 404, 413]) {
  test(`what is refused with ${status} is not sent again`, async () => {
    const { platform, sent, answers, texts, pass } = world();
    answers.push({ status });
    openQueue(platform).add(item('a'));
    await pass(600_000);
    assert.deepEqual(idsOf(sent), ['a']);
    assert.deepEqual(waiting(texts), []);
  });
}

test('one event that spoils a batch does not take its neighbours with it', async () => {
  const { platform, sent, answers, pass } = world();
  const spoiled = (batch: object[]) => ({ status: JSON.stringify(batch).includes('"bad"') ? 400 : 200 });
  for (let i = 0; i < 10; i++) answers.push(spoiled);
  const queue = openQueue(platform);
  for (const id of ['a', 'bad', 'c']) queue.add(item(id));
  await pass(5_000);
  assert.deepEqual(sent.map(({ batch }) => batch.length), [3, 1, 1, 1]);
  queue.add(item('d'));
  queue.add(item('e'));
  await pass(5_000);
  assert.equal(sent[sent.length - 1].batch.length, 2);
});

test('without a network events wait, and are sent as soon as somebody says it is back', async () => {
  const { platform, sent, answers, texts, pass } = world();
  for (let i = 0; i < 20; i++) answers.push('no network');
  const queue = openQueue(platform);
  queue.add(item('a'));
  await pass(3_600_000);
  const tries = sent.length;
  assert.ok(tries >= 8 && tries <= 30, `${tries} tries in an hour`);
  assert.equal(waiting(texts).length, 1);
  answers.length = 0;
  await queue.flush();
  assert.equal(sent.length, tries + 1);
  assert.deepEqual(waiting(texts), []);
});

test('a collector that never answers is given up after a quarter of a minute and tried again', async () => {
  const { platform, sent, answers, pass } = world();
  answers.push('nothing');
  openQueue(platform).add(item('a'));
  await pass(60_000);
  assert.equal(sent.length, 2);
});

test('a page that is left sends at once, and the next page only what was not answered', async () => {
  const first = world();
  first.answers.push({ status: 200 });
  const queue = openQueue(first.platform);
  queue.add(item('a'));
  queue.leave();
  assert.equal(first.sent[0].isLeaving, true);
  await first.pass(0);
  queue.add(item('b'));
  first.answers.push('nothing');
  queue.leave(); // the page is gone before the answer
  const next = world(first.platform.now() + 1_000, first);
  openQueue(next.platform);
  await next.pass(60_000);
  assert.deepEqual(idsOf(first.sent), ['a', 'b', 'b']);
});

test('two pages of one browser never send the same event', async () => {
  const first = world();
  const second = world(undefined, first);
  const queues = [openQueue(first.platform), openQueue(second.platform)];
  for (let i = 0; i < 60; i++) queues[i % 2].add(item(i));
  for (let step = 0; step < 60; step++) {
    await first.pass(100);
    await second.pass(100);
    if (step === 20) queues[0].leave();
  }
  const ids = idsOf(first.sent);
  assert.equal(ids.length, 60);
  assert.equal(new Set(ids).size, 60);
});

test('what a page has just noted is left to it by the others', async () => {
  const first = world();
  const second = world(undefined, first);
  openQueue(first.platform).add(item('a'));
  await openQueue(second.platform).flush();
  assert.equal(first.sent.length, 0);
  await first.pass(2_000);
  assert.deepEqual(idsOf(first.sent), ['a']);
});

test('what one page is sending no other sends, though its own page is long gone', async () => {
  const gone = world();
  openQueue(gone.platform).add(item('a'));
  const first = world(gone.platform.now() + 60_000, gone);
  const second = world(first.platform.now(), gone);
  const queues = [openQueue(first.platform), openQueue(second.platform)];
  gone.answers.push('nothing');
  void queues[0].flush();
  await queues[1].flush();
  assert.deepEqual(idsOf(gone.sent), ['a']);
});

test('what a page took and did not send before it died is sent by another', async () => {
  const first = world();
  first.answers.push('nothing');
  openQueue(first.platform).add(item('a'));
  await first.pass(2_000);
  const second = world(first.platform.now(), first);
  openQueue(second.platform);
  await second.pass(10_000);
  assert.equal(first.sent.length, 1);
  await second.pass(30_000);
  assert.deepEqual(idsOf(first.sent), ['a', 'a']);
});

test('a clock that was set back does not hold events for long', async () => {
  const ahead = world(Date.UTC(2026, 2, 2));
  ahead.answers.push('nothing');
  openQueue(ahead.platform).add(item('a'));
  await ahead.pass(2_000);
  const right = world(Date.UTC(2026, 2, 1), ahead);
  openQueue(right.platform);
  await right.pass(5_000);
  assert.deepEqual(idsOf(ahead.sent), ['a', 'a']);
});

test('the queue is bounded: of more than 500 the oldest go', async () => {
  const { platform, texts } = world();
  const queue = openQueue(platform);
  for (let i = 0; i < 510; i++) queue.add(item(i));
  const kept = waiting(texts).sort().map((name) => texts.get(name)!);
  assert.equal(kept.length, 500);
  assert.ok(kept[0].includes('"10"') && kept[499].includes('"509"'));
});

test('after six days an event is given up: the collector might no longer know it for a repeat', async () => {
  const { platform, texts, sent } = world();
  openQueue(platform).add(item('a'));
  const later = world(platform.now() + 7 * 86_400_000);
  for (const [name, text] of texts) later.texts.set(name, text);
  openQueue(later.platform);
  await later.pass(30_000);
  assert.deepEqual([...sent, ...later.sent], []);
  assert.deepEqual(waiting(later.texts), []);
});
