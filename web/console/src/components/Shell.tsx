import {
  ApartmentOutlined,
  ApiOutlined,
  AppstoreOutlined,
  BarChartOutlined,
  BookOutlined,
  BranchesOutlined,
  DatabaseOutlined,
  DotChartOutlined,
  ExceptionOutlined,
  ExperimentOutlined,
  EyeOutlined,
  FieldTimeOutlined,
  FileTextOutlined,
  FunnelPlotOutlined,
  GlobalOutlined,
  HeatMapOutlined,
  IdcardOutlined,
  LineChartOutlined,
  LogoutOutlined,
  MessageOutlined,
  NodeIndexOutlined,
  NotificationOutlined,
  ProfileOutlined,
  SafetyCertificateOutlined,
  SettingOutlined,
  ShareAltOutlined,
  ShoppingCartOutlined,
  TagsOutlined,
  TeamOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { Avatar, Button, Dropdown, Layout, Menu, type MenuProps } from 'antd';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation, useNavigate } from 'react-router-dom';

import { call } from '../api/client';
import { speak, type Language } from '../i18n';
import { useSession } from '../session';
import { PageSkeleton } from './PageSkeleton';

type Entry = { to: string; key: string; icon: React.ReactNode; needs: string };

const GROUPS: { key: string; entries: Entry[] }[] = [
  { key: 'home', entries: [
    { to: '/', key: 'overview', icon: <AppstoreOutlined />, needs: 'overview.read' },
  ] },
  { key: 'insights', entries: [
    { to: '/insights/trends', key: 'trends', icon: <LineChartOutlined />, needs: 'overview.read' },
    { to: '/insights/funnels', key: 'funnels', icon: <FunnelPlotOutlined />, needs: 'overview.read' },
    { to: '/insights/retention', key: 'retention', icon: <HeatMapOutlined />, needs: 'overview.read' },
    { to: '/insights/paths', key: 'paths', icon: <BranchesOutlined />, needs: 'overview.read' },
    { to: '/insights/touches', key: 'touches', icon: <NodeIndexOutlined />, needs: 'overview.read' },
    { to: '/insights/visits', key: 'visits', icon: <EyeOutlined />, needs: 'overview.read' },
    { to: '/insights/intervals', key: 'intervals', icon: <FieldTimeOutlined />, needs: 'overview.read' },
    { to: '/insights/distribution', key: 'distribution', icon: <DotChartOutlined />, needs: 'overview.read' },
    { to: '/insights/baskets', key: 'baskets', icon: <ShoppingCartOutlined />, needs: 'overview.read' },
    { to: '/insights/referral', key: 'referral', icon: <ShareAltOutlined />, needs: 'overview.read' },
    { to: '/insights/voice', key: 'voice', icon: <MessageOutlined />, needs: 'overview.read' },
  ] },
  { key: 'customers', entries: [
    { to: '/customers', key: 'customers', icon: <UserOutlined />, needs: 'customers.read' },
    { to: '/tags', key: 'tags', icon: <TagsOutlined />, needs: 'audiences.read' },
    { to: '/audiences', key: 'audiences', icon: <TeamOutlined />, needs: 'audiences.read' },
  ] },
  { key: 'engage', entries: [
    { to: '/campaigns', key: 'campaigns', icon: <NotificationOutlined />, needs: 'campaigns.read' },
    { to: '/reviews', key: 'reviews', icon: <FileTextOutlined />, needs: 'reviews.read' },
  ] },
  { key: 'models', entries: [
    { to: '/models', key: 'models', icon: <ExperimentOutlined />, needs: 'models.read' },
  ] },
  { key: 'data', entries: [
    { to: '/data/sources', key: 'sources', icon: <ApiOutlined />, needs: 'data.read' },
    { to: '/data/catalog', key: 'catalog', icon: <BookOutlined />, needs: 'data.read' },
    { to: '/data/plan', key: 'plan', icon: <ProfileOutlined />, needs: 'data.read' },
    { to: '/data/records', key: 'records', icon: <ExceptionOutlined />, needs: 'data.read' },
    { to: '/data/quality', key: 'quality', icon: <SafetyCertificateOutlined />, needs: 'data.read' },
    { to: '/data/identity', key: 'identity', icon: <IdcardOutlined />, needs: 'data.read' },
    { to: '/data/runs', key: 'runs', icon: <DatabaseOutlined />, needs: 'data.read' },
    { to: '/data/lineage', key: 'lineage', icon: <ApartmentOutlined />, needs: 'data.read' },
  ] },
  { key: 'system', entries: [
    { to: '/settings', key: 'settings', icon: <SettingOutlined />, needs: 'settings.read' },
  ] },
];

export default function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [isNarrow, setNarrow] = useState(false);
  const [isClosed, setClosed] = useState(false);
  // On a small screen the menu covers the page, so it closes when a page was chosen.
  useEffect(() => setClosed(isNarrow), [pathname, isNarrow]);
  return (
    <Layout className="shell">
      <a className="skip" href="#content">{t('action.skip')}</a>
      <Layout.Sider
        width={196}
        breakpoint="lg"
        collapsedWidth={0}
        zeroWidthTriggerStyle={{ top: 10 }}
        collapsed={isClosed}
        onCollapse={setClosed}
        onBreakpoint={setNarrow}
        className="sider"
      >
        <Link to="/" className="brand">
          <BarChartOutlined aria-hidden /> <b>{t('brand.name')}</b> <span>{t('brand.latin')}</span>
        </Link>
        <Navigation />
      </Layout.Sider>
      <Layout>
        <Layout.Header className={isNarrow ? 'head narrow' : 'head'}>
          <Head />
        </Layout.Header>
        <Layout.Content id="content" className="content">
          <Suspense fallback={<PageSkeleton />}>
            <Outlet />
          </Suspense>
        </Layout.Content>
      </Layout>
    </Layout>
  );
}

function Navigation() {
  const { t } = useTranslation();
  const { may } = useSession();
  const { pathname } = useLocation();
  const groups = GROUPS.map((group) => ({ ...group, entries: group.entries.filter((e) => may(e.needs)) }));
  const items: MenuProps['items'] = groups
    .filter((group) => group.entries.length > 0)
    .map((group) => ({
      type: 'group',
      key: group.key,
      label: t(`nav.${group.key}`),
      children: group.entries.map((entry) => ({
        key: entry.to,
        icon: entry.icon,
        label: <Link to={entry.to}>{t(`page.${entry.key}`)}</Link>,
      })),
    }));
  const all = GROUPS.flatMap((group) => group.entries.map((entry) => entry.to));
  const chosen = all
    .filter((to) => (to === '/' ? pathname === '/' : pathname.startsWith(to)))
    .sort((a, b) => b.length - a.length)[0];
  return (
    <nav aria-label={t('nav.label')}>
      <Menu mode="inline" items={items} selectedKeys={chosen ? [chosen] : []} />
    </nav>
  );
}

function Head() {
  const { t } = useTranslation();
  const { session, logOut } = useSession();
  const navigate = useNavigate();
  const account = session.account;
  return (
    <>
      <span className="workspace">{session.workspace}</span>
      <span className="grow" />
      <LanguageSwitch />
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'role', disabled: true, label: t(`role.${account?.role}`) },
            { type: 'divider' },
            { key: 'out', icon: <LogoutOutlined />, label: t('action.log_out') },
          ],
          onClick: async ({ key }) => {
            if (key !== 'out') return;
            await logOut();
            navigate('/login');
          },
        }}
      >
        <Button type="text" className="account">
          <Avatar size={22} style={{ background: '#2f54c8' }}>
            {(account?.display_name ?? '?').slice(0, 1).toUpperCase()}
          </Avatar>
          {account?.display_name}
        </Button>
      </Dropdown>
    </>
  );
}

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const { session } = useSession();
  const other: Language = i18n.language === 'en' ? 'zh-CN' : 'en';
  const change = async () => {
    await speak(other);
    // This browser remembers it already; the account may learn of it another time.
    if (session.state === 'ready') await call('put', '/api/session/preferences', { body: { language: other } }).catch(() => undefined);
  };
  return (
    <Button type="text" icon={<GlobalOutlined />} onClick={() => void change()} lang={other}>
      {t('action.other_language')}
    </Button>
  );
}
