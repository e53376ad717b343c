import type { Fields } from '../surface.ts';

/** How a mini-program was opened. */
export interface Entry {
  path?: string;
  query?: Record<string, string>;
  scene?: number;
  referrerInfo?: { appId?: string };
}

/** The part of WeChat's `wx` that the script uses; what older versions lack is optional. */
export interface Wx {
  request(call: {
    url: string;
    method: 'POST';
    data: string;
    header: Record<string, string>;
    timeout: number;
    success(answer: { statusCode: number; header?: Record<string, string> }): void;
    fail(): void;
  }): unknown;
  getStorageSync(key: string): unknown;
  setStorageSync(key: string, data: string): void;
  setStorage(call: { key: string; data: string }): unknown;
  removeStorageSync(key: string): void;
  getLaunchOptionsSync?(): Entry;
  getEnterOptionsSync?(): Entry;
  getSystemInfoSync?(): Fields;
  getDeviceInfo?(): Fields;
  getWindowInfo?(): Fields;
  getAppBaseInfo?(): Fields;
  getPrivacySetting?(call: { success(setting: { needAuthorization: boolean }): void }): void;
  onNetworkStatusChange?(heard: (network: { isConnected: boolean }) => void): void;
}
