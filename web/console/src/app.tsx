import { App as AntApp, ConfigProvider, type ConfigProviderProps } from 'antd';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';

import { Failure } from './components/Failure';
import { PageSkeleton } from './components/PageSkeleton';
import { rememberedLanguage, speak, type Language } from './i18n';
import { SessionProvider, useSession } from './session';
import { theme } from './theme';

const Shell = lazy(() => import('./components/Shell'));
const Login = lazy(() => import('./pages/Login'));
const Overview = lazy(() => import('./pages/Overview'));
const Customers = lazy(() => import('./pages/Customers'));
const Customer = lazy(() => import('./pages/Customer'));
const Audiences = lazy(() => import('./pages/Audiences'));
const Audience = lazy(() => import('./pages/Audience'));
const Trends = lazy(() => import('./pages/Trends'));
const Funnels = lazy(() => import('./pages/Funnels'));
const Retention = lazy(() => import('./pages/Retention'));
const Paths = lazy(() => import('./pages/Paths'));
const Touches = lazy(() => import('./pages/Touches'));
const Visits = lazy(() => import('./pages/Visits'));
const Intervals = lazy(() => import('./pages/Intervals'));
const Baskets = lazy(() => import('./pages/Baskets'));
const Referral = lazy(() => import('./pages/Referral'));
const Distribution = lazy(() => import('./pages/Distribution'));
const Voice = lazy(() => import('./pages/Voice'));
const Tags = lazy(() => import('./pages/Tags'));
const Tag = lazy(() => import('./pages/Tag'));
const Catalog = lazy(() => import('./pages/Catalog'));
const Campaigns = lazy(() => import('./pages/Campaigns'));
const Campaign = lazy(() => import('./pages/Campaign'));
const Models = lazy(() => import('./pages/Models'));
const Model = lazy(() => import('./pages/Model'));
const Reviews = lazy(() => import('./pages/Reviews'));
const Review = lazy(() => import('./pages/Review'));
const Quality = lazy(() => import('./pages/Quality'));
const Identity = lazy(() => import('./pages/Identity'));
const Lineage = lazy(() => import('./pages/Lineage'));
const Plan = lazy(() => import('./pages/Plan'));
const Records = lazy(() => import('./pages/Records'));
const Runs = lazy(() => import('./pages/Runs'));
const Sources = lazy(() => import('./pages/Sources'));
const Settings = lazy(() => import('./pages/Settings'));
const Missing = lazy(() => import('./pages/Missing'));

type AntLocale = ConfigProviderProps['locale'];

const antLocales: Record<Language, () => Promise<{ default: AntLocale }>> = {
  'zh-CN': () => import('antd/locale/zh_CN'),
  en: () => import('antd/locale/en_US'),
};

export function Console() {
  const { i18n } = useTranslation();
  // Some locale from the start: the first one would build the page anew, and lose what was typed.
  const [locale, setLocale] = useState<AntLocale>({ locale: '' });
  useEffect(() => {
    void antLocales[i18n.language as Language]().then((loaded) => setLocale(loaded.default));
  }, [i18n.language]);
  return (
    <ConfigProvider theme={theme} locale={locale} button={{ autoInsertSpace: false }}>
      <AntApp className="app">
        <SessionProvider waiting={<PageSkeleton />} failed={(again) => <Failure again={again} />}>
          <Pages />
        </SessionProvider>
      </AntApp>
    </ConfigProvider>
  );
}

function Pages() {
  const { session } = useSession();
  useEffect(() => {
    const preferred = session.language as Language;
    if (!rememberedLanguage()) void speak(preferred);
  }, [session.language]);
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Routes>
        <Route path="/login" element={<Login />} />
        <Route element={<Guarded><Shell /></Guarded>}>
          <Route index element={<Overview />} />
          <Route path="customers" element={<Customers />} />
          <Route path="customers/:id" element={<Customer />} />
          <Route path="audiences" element={<Audiences />} />
          <Route path="audiences/:name" element={<Audience />} />
          <Route path="insights/trends" element={<Trends />} />
          <Route path="insights/funnels" element={<Funnels />} />
          <Route path="insights/retention" element={<Retention />} />
          <Route path="insights/paths" element={<Paths />} />
          <Route path="insights/touches" element={<Touches />} />
          <Route path="insights/visits" element={<Visits />} />
          <Route path="insights/intervals" element={<Intervals />} />
          <Route path="insights/baskets" element={<Baskets />} />
          <Route path="insights/referral" element={<Referral />} />
          <Route path="insights/distribution" element={<Distribution />} />
          <Route path="insights/voice" element={<Voice />} />
          <Route path="tags" element={<Tags />} />
          <Route path="tags/:name" element={<Tag />} />
          <Route path="campaigns" element={<Campaigns />} />
          <Route path="campaigns/:id" element={<Campaign />} />
          <Route path="models" element={<Models />} />
          <Route path="models/:name" element={<Model />} />
          <Route path="reviews" element={<Reviews />} />
          <Route path="reviews/:week" element={<Review />} />
          <Route path="data/catalog" element={<Catalog />} />
          <Route path="data/sources" element={<Sources />} />
          <Route path="data/quality" element={<Quality />} />
          <Route path="data/identity" element={<Identity />} />
          <Route path="data/lineage" element={<Lineage />} />
          <Route path="data/plan" element={<Plan />} />
          <Route path="data/records" element={<Records />} />
          <Route path="data/runs" element={<Runs />} />
          <Route path="settings" element={<Settings />} />
          <Route path="*" element={<Missing />} />
        </Route>
      </Routes>
    </Suspense>
  );
}

function Guarded(props: { children: ReactNode }) {
  const { session } = useSession();
  const { pathname, search } = useLocation();
  if (session.state !== 'ready') {
    return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />;
  }
  return props.children;
}
