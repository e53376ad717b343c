import { DownloadOutlined, SaveOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Table } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router-dom';

import { address, Problem, type Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { Portrait, useMeasured } from '../components/Portrait';
import { useSay } from '../components/Failure';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { RuleGroup } from '../rules/RuleGroup';
import { isComplete, newGroup, newLeaf, read, treeFrom, write, type Group } from '../rules/tree';
import { useSession } from '../session';

type Saved = Schemas['AudienceOut'];
type Texts = { name: string; title: string; description: string };

export default function Audience() {
  const { name = '' } = useParams();
  const [params] = useSearchParams();
  const isNew = name === 'new';
  const query = useGet('/api/audiences/{name}', { path: { name } }, { enabled: !isNew });
  const given = params.get('where') ?? '';
  if (isNew) return <Editor key={`new ${given}`} given={given} />;
  return <Loaded query={query}>{(saved) => <Editor key={saved.version} saved={saved} />}</Loaded>;
}

function Editor({ saved, given = '' }: { saved?: Saved; given?: string }) {
  const { t, i18n } = useTranslation();
  const { may } = useSession();
  const { data: fields } = useGet('/api/fields');
  const [rules, setRules] = useState<Group>(() => {
    const tree = saved?.where ?? treeFrom(given);
    return tree ? read(tree) : newGroup('all', [newLeaf()]);
  });
  const [form] = Form.useForm<Texts>();
  const title = saved ? saved.title[i18n.language] || saved.name : t('audiences.new');
  const where = useMemo(() => write(rules), [rules]);
  const isSound = isComplete(rules);
  const measured = useMeasured(where, isSound);
  const isLocked = !may('audiences.write');
  return (
    <Page
      title={title}
      up={{ to: '/audiences', title: t('page.audiences') }}
      lead={saved?.description[i18n.language]}
      actions={
        <>
          {saved && <LinkButton to={`/customers?audience=${saved.name}`}>{t('action.list_customers')}</LinkButton>}
          {saved && may('audiences.export') && (
            <Button icon={<DownloadOutlined />} href={address('/api/audiences/{name}/export', { name: saved.name })}>
              {t('action.export_csv')}
            </Button>
          )}
          {!isLocked && <Save saved={saved} where={where} canSave={isSound} form={form} />}
        </>
      }
    >
      <div className="columns wide-left top">
        <div className="stack">
          <Section title={t('audiences.rules')}>
            {fields && <RuleGroup group={rules} fields={fields} change={setRules} isLocked={isLocked} />}
          </Section>
          {!isLocked && <TextsForm saved={saved} form={form} />}
        </div>
        <div className="stack beside">
          <LiveCount measured={measured} isSound={isSound} />
          {saved && saved.used_by.length > 0 && (
            <Section title={t('audiences.used_by')}>
              <ul className="plain">{saved.used_by.map((user) => <li key={user}><code>{user}</code></li>)}</ul>
            </Section>
          )}
        </div>
      </div>
      {measured.portrait && <Portrait data={measured.portrait} where={where} />}
      {measured.portrait && <Sample data={measured.portrait} />}
    </Page>
  );
}

function LiveCount({ measured, isSound }: { measured: ReturnType<typeof useMeasured>; isSound: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, problem, isBusy } = measured;
  return (
    <Section title={t('audiences.size')}>
      <div className="live-count" aria-live="polite" aria-busy={isBusy}>
        {!isSound ? (
          <p className="muted">{t('audiences.incomplete')}</p>
        ) : problem ? (
          <p className="bad">{problem}</p>
        ) : count ? (
          <>
            <b className={isBusy ? 'stale' : ''}>{format.count(count.count)}</b>
            <p className="muted">{t('audiences.of_total', { share: format.share(count.total ? count.count / count.total : 0), total: format.count(count.total) })}</p>
            <p className="muted">{t('audiences.reachable', { people: format.count(count.reachable), share: format.share(count.count ? count.reachable / count.count : 0) })}</p>
          </>
        ) : (
          <b className="stale">…</b>
        )}
      </div>
    </Section>
  );
}

function TextsForm({ saved, form }: { saved?: Saved; form: ReturnType<typeof Form.useForm<Texts>>[0] }) {
  const { t, i18n } = useTranslation();
  useEffect(() => {
    if (saved) {
      form.setFieldsValue({ name: saved.name, title: saved.title[i18n.language], description: saved.description[i18n.language] });
    }
  }, [saved, form, i18n.language]);
  return (
    <Section title={t('audiences.texts')}>
      <Form form={form} layout="vertical" requiredMark={false}>
        <Form.Item
          name="name" label={t('audiences.name')} extra={t('audiences.name_hint')}
          rules={[{ required: true, pattern: /^(?!new$)[a-z][a-z0-9_]{0,62}$/, message: t('audiences.name_hint') }]}
        >
          <Input disabled={!!saved} placeholder="big_spenders_asleep" />
        </Form.Item>
        <Form.Item name="title" label={t('audiences.title')} rules={[{ required: true, message: t('audiences.need_title') }]}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="description" label={t('field.description')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} maxLength={300} />
        </Form.Item>
      </Form>
    </Section>
  );
}

function Save(props: {
  saved?: Saved;
  where: Schemas['AudienceIn']['where'];
  canSave: boolean;
  form: ReturnType<typeof Form.useForm<Texts>>[0];
}) {
  const { t, i18n } = useTranslation();
  const { message, modal } = App.useApp();
  const say = useSay();
  const navigate = useNavigate();
  const send = useSend('put', '/api/audiences/{name}', ['/api/audiences', '/api/audiences/{name}', '/api/fields']);
  const { saved, where } = props;
  const save = async () => {
    const texts = await props.form.validateFields().catch(() => null);
    if (!texts) return;
    const language = i18n.language;
    try {
      const stored = await send.mutateAsync({
        path: { name: texts.name },
        body: {
          title: { ...saved?.title, [language]: texts.title },
          description: { ...saved?.description, [language]: texts.description ?? '' },
          where,
          version: saved?.version ?? null,
        },
      });
      message.success(t('audiences.saved'));
      navigate(`/audiences/${stored.name}`, { replace: !saved });
    } catch (error) {
      if (error instanceof Problem && error.code === 'conflict') {
        modal.warning({ title: t('audiences.conflict'), content: error.message });
      } else {
        message.error(say(error));
      }
    }
  };
  return (
    <Button type="primary" icon={<SaveOutlined />} disabled={!props.canSave} loading={send.isPending} onClick={() => void save()}>
      {t(saved ? 'action.save' : 'action.create')}
    </Button>
  );
}

function Sample({ data }: { data: Schemas['AudiencePortrait'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (data.sample.length === 0) return null;
  return (
    <Section title={t('audiences.sample')} flush>
      <Table
        size="small" rowKey="person_id" pagination={false} dataSource={data.sample} scroll={{ x: 720 }}
        columns={[
          {
            title: t('field.customer'), dataIndex: 'person_id',
            render: (id: string, row) => (
              <LinkButton type="link" size="small" to={`/customers/${encodeURIComponent(id)}`}>{row.name ?? id}</LinkButton>
            ),
          },
          { title: t('field.value_tier'), dataIndex: 'value_tier', render: (value) => <Mark kind="tier" value={value} /> },
          { title: t('field.stage'), dataIndex: 'stage', render: (value) => <Mark kind="stage" value={value} /> },
          { title: t('field.monetary'), dataIndex: 'monetary', align: 'right', render: (value) => format.money(value) },
          { title: t('field.last_order_at'), dataIndex: 'last_order_at', render: format.date },
          { title: t('field.churn'), dataIndex: 'churn', align: 'right', render: (value) => format.share(value) },
        ]}
      />
    </Section>
  );
}
