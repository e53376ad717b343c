import { arrivalOf } from '../core/campaign.ts';
import type { Answer, Arrival } from '../core/platform.ts';
import { createCore } from '../core/tracker.ts';
import type { Fields, MiniProgramOptions, MiniProgramTracker, WechatIdentity } from '../surface.ts';
import { watch } from './hooks.ts';
import { fieldsOf } from './query.ts';
import { mediumOf } from './scenes.ts';
import { wechatStore } from './store.ts';
import type { Entry, Wx } from './wechat.ts';

declare const VERSION: string;
declare function getCurrentPages(): { route?: string; options?: Record<string, string> }[];

/** Build the tracker of a mini-program. */
export function createTracker(): MiniProgramTracker {
  const store = wechatStore();
  let wx: Wx | null = null;
  let options: Partial<MiniProgramOptions> = {};
  let device: Fields | null = null;
  let scene: number | undefined;

  const core = createCore({
    store,
    ids: store,
    now: Date.now,
    random: Math.random, // WeChat's better numbers come too late, by callback
    later: (work, milliseconds) => void setTimeout(work, milliseconds),
    post: (body) => post(wx!, `${options.host}/v1/b?writeKey=${options.writeKey}`, body),
    page: pageFields,
    arrival: () => {
      const entered = wx!.getEnterOptionsSync || wx!.getLaunchOptionsSync;
      return entered ? arrivalBy(entered.call(wx)) : {};
    },
    context: () => ({
      ...(device = device || deviceOf(wx)),
      library: { name: 'zhiyin-mp', version: VERSION },
      platform: 'mini_program',
      app: options.app,
      page: pageFields(),
      scene,
    }),
  });

  function arrivalBy(entry: Entry): Arrival {
    scene = entry.scene;
    return arrivalOfEntry(entry);
  }

  function init(given: object, told: MiniProgramOptions): void {
    if (wx) return;
    wx = given as Wx;
    device = null;
    options = { ...told, host: told.host.replace(/\/$/, '') };
    store.load(wx);
    const { consent, ...rest } = told;
    core.open({ ...rest, consent: consent === 'given' || !consent ? 'given' : 'required' }, false);
    checkPrivacy();
    if (wx.onNetworkStatusChange) wx.onNetworkStatusChange(({ isConnected }) => isConnected && void tracker.flush());
    if (told.automatic !== false) watch({ tracker, shown, hidden, pageFields });
  }

  function shown(entry: Entry): void {
    const came = arrivalBy(entry);
    if (came.campaign || came.referrer) core.arrive(came);
    checkPrivacy();
  }

  function hidden(): void {
    core.leave();
    store.save();
  }

  function checkPrivacy(): void {
    if (!wx || options.consent !== 'wechat' || !wx.getPrivacySetting) return;
    wx.getPrivacySetting({
      success({ needAuthorization }) {
        const told = tracker.consent();
        if (!needAuthorization && !(told && 'analytics' in told)) tracker.consent({ analytics: true });
      },
    });
  }

  function identifyWechat({ openid, unionid, userId }: WechatIdentity, traits?: Fields): void {
    const ids = { wechat_openid: openid, wechat_unionid: unionid };
    const externalIds = (Object.keys(ids) as (keyof typeof ids)[])
      .filter((type) => ids[type])
      .map((type) => ({ id: ids[type], type, collection: 'users', encoding: 'none' }));
    const user = userId || unionid || openid;
    if (user) tracker.identify(user, { ...traits, openid, unionid }, { context: { externalIds } });
  }

  const more = { init, checkPrivacy, identifyWechat };
  const tracker = Object.assign(core.api, more) as MiniProgramTracker;
  return tracker;
}

/** Return the fields of the page on top: its path and the query that it was opened with. */
function pageFields(): Fields {
  const pages = typeof getCurrentPages === 'function' ? getCurrentPages() : [];
  const top = pages[pages.length - 1];
  if (!top || !top.route) return {};
  const query = top.options || {};
  const search = Object.keys(query).map((name) => `${name}=${encodeURIComponent(query[name])}`).join('&');
  const path = `/${top.route}`;
  const before = pages[pages.length - 2];
  return {
    path,
    search: search && `?${search}`,
    url: path + (search && `?${search}`),
    referrer: before && before.route && `/${before.route}`,
  };
}

/** Return how somebody came: by a link's own words, else by the kind of scene. */
function arrivalOfEntry({ query = {}, scene, referrerInfo, path }: Entry): Arrival {
  // A QR code carries its words in `scene`, or the whole address that it was printed with in `q`.
  const words = { ...fieldsOf(decoded(query.scene)), ...fieldsOf(decoded(query.q)), ...query };
  const { campaign, referrer } = arrivalOf(words);
  const medium = mediumOf(scene);
  const appId = referrerInfo && referrerInfo.appId;
  return {
    campaign: campaign || (medium ? { source: 'wechat', medium } : undefined),
    referrer: referrer || (appId ? { id: appId, type: 'mini_program' } : undefined),
    page: path,
  };
}

function decoded(text: string | undefined): string {
  try {
    return decodeURIComponent(text || '');
  } catch {
    return '';
  }
}

function deviceOf(wx: Wx | null): Fields | null {
  if (!wx) return null;
  const told: Fields = {};
  const { getDeviceInfo, getWindowInfo, getAppBaseInfo, getSystemInfoSync } = wx;
  if (getDeviceInfo && getWindowInfo && getAppBaseInfo) {
    for (const ask of [getDeviceInfo, getWindowInfo, getAppBaseInfo]) Object.assign(told, ask.call(wx));
  } else if (getSystemInfoSync) {
    Object.assign(told, getSystemInfoSync.call(wx));
  }
  const [osName, osVersion] = `${told.system || ''}`.split(' ');
  return {
    device: { manufacturer: told.brand, model: told.model, type: told.platform },
    os: { name: osName, version: osVersion },
    locale: `${told.language || ''}`.replace('_', '-'),
    screen: { width: told.screenWidth, height: told.screenHeight, density: told.pixelRatio },
    wechat: { version: told.version, sdk: told.SDKVersion },
  };
}

function post(wx: Wx, url: string, data: string): Promise<Answer> {
  return new Promise((resolve) => {
    wx.request({
      url,
      method: 'POST',
      data,
      header: { 'content-type': 'text/plain' },
      timeout: 10_000,
      success({ statusCode, header = {} }) {
        const name = Object.keys(header).find((one) => one.toLowerCase() === 'retry-after');
        resolve({ status: statusCode, retryAfter: name ? +header[name] : undefined });
      },
      fail: () => resolve({ status: 0 }),
    });
  });
}
