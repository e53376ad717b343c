import { DeleteOutlined, DownloadOutlined, SendOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';

import { address, type Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { Builder } from '../audiences/Builder';
import { History } from '../audiences/History';
import { Lookalike } from '../audiences/Lookalike';
import { Overlap } from '../audiences/Overlap';
import { Sampling } from '../audiences/Sampling';
import { useSay } from '../components/Failure';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { Page } from '../components/Page';
import { useSession } from '../session';

type Saved = Schemas['AudienceOut'];

export default function Audience() {
  const { name = '' } = useParams();
  const [params] = useSearchParams();
  const isNew = name === 'new';
  const query = useGet('/api/audiences/{name}', { path: { name } }, { enabled: !isNew });
  const given = params.get('where') ?? '';
  if (isNew) return <New key={`new ${given}`} given={given} />;
  return <Loaded query={query}>{(saved) => <Detail key={saved.name} saved={saved} />}</Loaded>;
}

function New({ given }: { given: string }) {
  const { t } = useTranslation();
  return (
    <Page title={t('audiences.new')} up={{ to: '/audiences', title: t('page.audiences') }}>
      <Builder given={given} />
    </Page>
  );
}

/** One audience: its conditions, counted and portrayed as they stand, its history and its neighbors. */
function Detail({ saved }: { saved: Saved }) {
  const { t, i18n } = useTranslation();
  const [params, setParams] = useSearchParams();
  const { may } = useSession();
  const { name } = saved;
  const tabs = [
    { key: 'rules', label: t('audiences.tab.rules'), children: <Builder key={saved.version} saved={saved} /> },
    { key: 'history', label: t('audiences.tab.history'), children: <History name={name} /> },
    { key: 'overlap', label: t('audiences.tab.overlap'), children: <Overlap name={name} /> },
    ...(may('audiences.write') ? [{ key: 'lookalike', label: t('audiences.tab.lookalike'), children: <Lookalike name={name} /> }] : []),
  ];
  return (
    <Page
      title={saved.title[i18n.language] || name}
      up={{ to: '/audiences', title: t('page.audiences') }}
      lead={saved.description[i18n.language]}
      actions={<Actions saved={saved} />}
    >
      <Tabs
        items={tabs} destroyOnHidden activeKey={params.get('tab') ?? 'rules'}
        onChange={(tab) => setParams(tab === 'rules' ? {} : { tab }, { replace: true })}
      />
    </Page>
  );
}

function Actions({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const [isDrawing, setDrawing] = useState(false);
  const { name } = saved;
  return (
    <>
      <LinkButton to={`/customers?audience=${name}`}>{t('action.list_customers')}</LinkButton>
      {may('audiences.write') && <Button onClick={() => setDrawing(true)}>{t('audiences.draw')}</Button>}
      {may('audiences.export') && <Export name={name} />}
      {may('audiences.write') && <Remove saved={saved} />}
      {isDrawing && <Sampling name={name} close={() => setDrawing(false)} />}
    </>
  );
}

function Export({ name }: { name: string }) {
  const { t } = useTranslation();
  const say = useSay();
  const { message } = App.useApp();
  const post = useSend('post', '/api/audiences/{name}/post');
  const hand = () =>
    post.mutateAsync({ path: { name } }).then(
      () => message.success(t('audiences.posted')),
      (error: unknown) => message.error(say(error)),
    );
  const file = (form: 'csv' | 'parquet' | 'hashed') => (
    <a href={address('/api/audiences/{name}/export', { name }, { form })}>{t(`audiences.export.${form}`)}</a>
  );
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'csv', label: file('csv') },
          { key: 'parquet', label: file('parquet') },
          { key: 'hashed', label: file('hashed') },
          { key: 'post', icon: <SendOutlined />, label: t('audiences.export.post'), onClick: () => void hand() },
        ],
      }}
    >
      <Button icon={<DownloadOutlined />} loading={post.isPending}>{t('audiences.export.title')}</Button>
    </Dropdown>
  );
}

function Remove({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const say = useSay();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const stale = ['/api/audiences', '/api/fields'] as const;
  const remove = useSend('delete', '/api/audiences/{name}', [...stale]);
  const restore = useSend('post', '/api/audiences/{name}/restore', [...stale]);
  const path = { name: saved.name };
  const bringBack = () =>
    restore.mutateAsync({ path }).then(
      () => navigate(`/audiences/${saved.name}`),
      (error: unknown) => message.error(say(error)),
    );
  const takeAway = async () => {
    try {
      await remove.mutateAsync({ path, query: { version: saved.version } });
    } catch (error) {
      return message.error(say(error));
    }
    navigate('/audiences');
    const key = `removed ${saved.name}`;
    message.open({
      key, type: 'success', duration: 12,
      content: (
        <>
          {t('audiences.removed', { name: saved.name })}{' '}
          <Button size="small" type="link" onClick={() => { message.destroy(key); void bringBack(); }}>{t('audiences.undo')}</Button>
        </>
      ),
    });
  };
  return (
    <Button
      icon={<DeleteOutlined />} aria-label={t('audiences.remove')} title={t('audiences.remove')}
      loading={remove.isPending} onClick={() => void takeAway()}
    />
  );
}
