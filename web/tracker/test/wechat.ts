// A `wx` of our own: storage, requests, network, privacy, and the functions that a mini-program registers with.
import type { Fields } from '../src/surface.ts';

type Options = Record<string, unknown>;

export interface Post {
  url: string;
  header: Record<string, string>;
  batch: Fields[];
}

export interface Phone {
  wx: Options;
  storage: Map<string, string>;
  posts: Post[];
  /** Answers of the next requests: a status, `fail`, or `silent`; afterwards 200. */
  answers: (number | 'fail' | 'silent' | { statusCode: number; header: Record<string, string> })[];
  needsPrivacy: boolean;
  stack: { route: string; options?: Record<string, string> }[];
  /** Say that the network went or came. */
  network(isConnected: boolean): void;
}

/** Build a phone on which a mini-program was opened so. */
export function phone(entry: Options = { scene: 1001, path: 'pages/home', query: {} }): Phone {
  const heard: ((network: { isConnected: boolean }) => void)[] = [];
  const made: Phone = {
    storage: new Map(),
    posts: [],
    answers: [],
    needsPrivacy: false,
    stack: [{ route: 'pages/home', options: {} }],
    network: (isConnected) => heard.forEach((tell) => tell({ isConnected })),
    wx: {
      request(call: {
        url: string;
        data: string;
        header: Record<string, string>;
        success(answer: Options): void;
        fail(): void;
      }) {
        made.posts.push({ url: call.url, header: call.header, batch: JSON.parse(call.data).batch });
        const answer = made.answers.shift() ?? 200;
        if (answer === 'silent') return;
        setTimeout(() => {
          if (answer === 'fail') call.fail();
          else call.success(typeof answer === 'number' ? { statusCode: answer, header: {} } : answer);
        }, 20);
      },
      getStorageSync: (key: string) => made.storage.get(key) ?? '',
      setStorageSync: (key: string, data: string) => void made.storage.set(key, data),
      setStorage: ({ key, data }: { key: string; data: string }) => void made.storage.set(key, data),
      removeStorageSync: (key: string) => void made.storage.delete(key),
      getLaunchOptionsSync: () => entry,
      getSystemInfoSync: () => ({
        brand: 'HUAWEI', model: 'Mate 60', platform: 'android', system: 'Android 12', language: 'zh_CN',
        screenWidth: 390, screenHeight: 844, pixelRatio: 3, version: '8.0.49', SDKVersion: '3.4.0',
      }),
      getPrivacySetting: ({ success }: { success(setting: Options): void }) => success({ needAuthorization: made.needsPrivacy }),
      onNetworkStatusChange: (tell: (network: { isConnected: boolean }) => void) => void heard.push(tell),
    },
  };
  return made;
}
