import { type Store, parsed } from '../core/platform.ts';
import type { Wx } from './wechat.ts';

const KEY = 'zhiyin';

/** A store that is read once, kept in memory, and written behind: WeChat's storage takes milliseconds a time. */
export interface WechatStore extends Store {
  /** Read what earlier visits left. */
  load(wx: Wx): void;
  /** Write at once: the mini-program may be ended in the background. */
  save(): void;
}

export function wechatStore(): WechatStore {
  let texts: Record<string, string> = {};
  let wx: Wx | null = null;
  let isDue = false;

  function changed(): void {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      if (isDue && wx) write((data) => wx!.setStorage({ key: KEY, data }));
    }, 300);
  }

  function write(how: (data: string) => void): void {
    isDue = false;
    if (Object.keys(texts).length) how(JSON.stringify(texts));
    else wx!.removeStorageSync(KEY);
  }

  return {
    get: (name) => texts[name] || null,
    set(name, text) {
      texts[name] = text;
      changed();
    },
    remove(name) {
      if (name in texts) changed();
      delete texts[name];
    },
    names: () => Object.keys(texts),
    load(given) {
      wx = given;
      texts = { ...parsed<Record<string, string>>((wx.getStorageSync(KEY) as string) || null), ...texts };
    },
    save() {
      if (isDue && wx) write((data) => wx!.setStorageSync(KEY, data));
    },
  };
}
