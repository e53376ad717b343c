// What a shop's server sends with RudderStack's Node library: `node send_rudder.mjs HOST KEY`.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'

const [host, writeKey] = process.argv.slice(2)
const Client = RudderAnalytics.default ?? RudderAnalytics
const client = new Client(writeKey, { dataPlaneUrl: host, flushAt: 20, flushInterval: 200 })
let expected = 0
let arrived = 0
const done = (error) => {
  if (error) { console.error(error); process.exit(1) }
  if (++arrived === expected) process.exit(0)
}
const send = (call, message) => { expected++; client[call](message, done) }
const timestamp = new Date('2026-03-01T08:30:00Z')

send('identify', { userId: 'u1', traits: { email: 'Li@Example.com', phone: '+8613800000000' }, timestamp })
send('track', {
  userId: 'u1', anonymousId: 'a1', event: 'Order Completed', messageId: 'rudder-node-order', timestamp,
  properties: { order_id: 'o1', revenue: 25.5, currency: 'CNY', products: [{ product_id: 'p1', quantity: 2, price: 12.75 }] },
})
send('page', { userId: 'u1', category: 'shop', name: 'Tea', properties: { url: 'https://shop.example/tea' }, timestamp })
send('screen', { userId: 'u1', category: 'app', name: 'Home', properties: { tab: 'first' }, timestamp })
send('group', { userId: 'u1', groupId: 'g1', traits: { name: 'Friends of tea' }, timestamp })
send('alias', { userId: 'u1', previousId: 'a1', timestamp })
for (let number = 0; number < 250; number++) {
  send('track', { userId: 'u1', event: 'Product Viewed', properties: { product_id: `p${number}` }, timestamp })
}
setTimeout(() => { console.error(`${arrived} of ${expected} were taken`); process.exit(1) }, 20_000)
