// What a shop's server sends with Segment's Node library: `node send_segment.mjs HOST KEY`.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const client = new Analytics({ writeKey, host, maxRetries: 2 })
client.on('error', (error) => { console.error(error); process.exitCode = 1 })
const timestamp = new Date('2026-03-01T08:30:00Z')
const context = {
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (test)',
  locale: 'zh-CN',
  page: { path: '/tea', url: 'https://shop.example/tea', title: '茶', referrer: 'https://r.example/' },
  campaign: { source: 'wechat', medium: 'social', name: 'spring', content: 'a', term: 'tea' },
}

client.identify({ userId: 'u1', traits: { email: 'Li@Example.com', phone: '+8613800000000' }, context, timestamp })
client.track({
  userId: 'u1', anonymousId: 'a1', event: 'Order Completed', messageId: 'segment-node-order', context, timestamp,
  properties: { order_id: 'o1', revenue: 25.5, currency: 'CNY', products: [{ product_id: 'p1', quantity: 2, price: 12.75 }] },
})
client.page({ userId: 'u1', category: 'shop', name: 'Tea', properties: { url: 'https://shop.example/tea' }, context, timestamp })
client.screen({ userId: 'u1', category: 'app', name: 'Home', properties: { tab: 'first' }, timestamp })
client.group({ userId: 'u1', groupId: 'g1', traits: { name: 'Friends of tea' }, timestamp })
client.alias({ userId: 'u1', previousId: 'a1', timestamp })
for (let number = 0; number < 250; number++) {
  client.track({ userId: 'u1', event: 'Product Viewed', properties: { product_id: `p${number}` }, timestamp })
}
await client.closeAndFlush()
