/** Anything that JSON can hold, by name. */
export interface Fields {
  [name: string]: unknown;
}

/** One product in a list, a cart or an order. */
export interface Product extends Fields {
  product_id?: string;
  sku?: string;
  name?: string;
  category?: string;
  brand?: string;
  variant?: string;
  /** Price of one piece, in the order's currency. */
  price?: number;
  quantity?: number;
  coupon?: string;
  position?: number;
}

/** What a cart or an order holds. Amounts are in `currency`. */
export interface Order extends Fields {
  order_id?: string;
  checkout_id?: string;
  /** The amount without shipping and tax. */
  revenue?: number;
  total?: number;
  shipping?: number;
  tax?: number;
  discount?: number;
  coupon?: string;
  /** ISO 4217, such as CNY. */
  currency?: string;
  products?: Product[];
}

/** What may be given beside an event. */
export interface CallOptions extends Fields {
  /** Added to the context that the script builds. */
  context?: Fields;
  /** When it happened, ISO 8601; now, if absent. */
  timestamp?: string;
  /** The event's id: the same one twice is one event. */
  messageId?: string;
  anonymousId?: string;
  userId?: string;
}

/** What a customer agreed to, by category. `analytics` decides whether anything is collected. */
export interface Preferences {
  analytics?: boolean;
  marketing?: boolean;
  [category: string]: boolean | undefined;
}

/** What pages and mini-programs have in common. */
export interface Tracker {
  track(event: string, properties?: Fields, options?: CallOptions): void;
  identify(userId: string, traits?: Fields, options?: CallOptions): void;
  identify(traits: Fields, options?: CallOptions): void;
  page(category: string, name: string, properties?: Fields, options?: CallOptions): void;
  page(name?: string, properties?: Fields, options?: CallOptions): void;
  page(properties: Fields, options?: CallOptions): void;
  group(groupId: string, traits?: Fields, options?: CallOptions): void;
  alias(userId: string, previousId?: string, options?: CallOptions): void;
  /** Forget who this is: a new anonymous id, no user id, a new session. */
  reset(): void;
  /** Note what the customer agreed to, or, without an argument, return it. */
  consent(preferences?: Preferences): Preferences | null;
  /** The id of this browser or device; null while nothing may be stored. */
  anonymousId(): string | null;
  /** Send what waits, now. */
  flush(): Promise<void>;
  /** Call back once `init` was called. */
  ready(callback: () => void): void;

  /** `Products Searched`. */
  search(query: string, properties?: Fields): void;
  productsSearched(properties: Fields & { query: string }): void;
  productListViewed(properties: Fields & { list_id?: string; category?: string; products?: Product[] }): void;
  productListFiltered(properties: Fields & { list_id?: string; category?: string; products?: Product[] }): void;
  promotionViewed(properties: Fields): void;
  promotionClicked(properties: Fields): void;
  productClicked(product: Product): void;
  productViewed(product: Product): void;
  productAdded(product: Product): void;
  productRemoved(product: Product): void;
  cartViewed(cart: Fields & { cart_id?: string; products?: Product[] }): void;
  checkoutStarted(order: Order): void;
  checkoutStepViewed(properties: Fields): void;
  checkoutStepCompleted(properties: Fields): void;
  paymentInfoEntered(properties: Fields): void;
  orderUpdated(order: Order): void;
  /** An order counts once: its event's id is made from `order_id`. */
  orderCompleted(order: Order & { order_id: string }): void;
  orderRefunded(order: Order & { order_id: string }): void;
  orderCancelled(order: Order & { order_id: string }): void;
  couponEntered(properties: Fields): void;
  couponApplied(properties: Fields): void;
  couponDenied(properties: Fields): void;
  couponRemoved(properties: Fields): void;
  productAddedToWishlist(product: Product): void;
  productRemovedFromWishlist(product: Product): void;
  wishlistProductAddedToCart(product: Product): void;
  productShared(properties: Fields): void;
  cartShared(properties: Fields): void;
  productReviewed(properties: Fields): void;
}

/** What both scripts are told at the start. */
export interface Options {
  /** The source's write key; it is public, and can only write. */
  writeKey: string;
  /** Where the collector is, such as `https://data.example.com`. */
  host?: string;
  /** `required`: nothing is stored or sent before `consent({analytics: true})`. */
  consent?: 'required' | 'given';
}

/** What the script on a web page is told: in `init`, or as `data-` attributes of its tag. */
export interface WebOptions extends Options {
  /** Send a page view at the start. Default: true. */
  pages?: boolean;
  /** Send page views when the address changes without a new page. Default: as `pages`. */
  spa?: boolean;
  /** Send `Page Left` with the time and the depth of reading. Default: as `pages`. */
  dwell?: boolean;
  /** Send clicks on links and buttons, and forms sent, without being told which. Default: false. */
  autocapture?: boolean;
  /** The cookie's domain, such as `example.com` for all its subdomains. Default: this host only. */
  cookieDomain?: string;
  /** Send nothing from browsers with Do Not Track or Global Privacy Control. Default: false. */
  honorDoNotTrack?: boolean;
}

/** The script on a web page, `window.zhiyin`. */
export interface WebTracker extends Tracker {
  init(options: WebOptions): void;
  /** What the stub of the snippet does: a call as a list, `["track", "Product Viewed"]`. */
  push(...calls: unknown[][]): void;
}

/** What the script in a mini-program is told. */
export interface MiniProgramOptions extends Omit<Options, 'consent'> {
  host: string;
  /** As on a page; `wechat` waits until WeChat's own privacy agreement has been accepted. */
  consent?: 'required' | 'given' | 'wechat';
  /** Send openings, pages and taps without being told. Default: true. */
  automatic?: boolean;
  /** Name and version of the mini-program, for the context. */
  app?: { name?: string; version?: string };
}

/** Ids that WeChat gives; a shop's server gets them for the code of `wx.login`. */
export interface WechatIdentity {
  openid?: string;
  unionid?: string;
  /** The shop's own id, if there is one. Default: the union id, else the open id. */
  userId?: string;
}

/** The script in a mini-program. */
export interface MiniProgramTracker extends Tracker {
  init(wx: object, options: MiniProgramOptions): void;
  /** Say who this is, by the ids that WeChat gave the shop's server. */
  identifyWechat(identity: WechatIdentity, traits?: Fields): void;
  /** Ask WeChat again whether its privacy agreement has been accepted. */
  checkPrivacy(): void;
}
