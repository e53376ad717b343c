import { SaveOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, InputNumber, Select } from 'antd';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import { Problem, type Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Portrait } from '../components/Portrait';
import { Section } from '../components/Section';
import { ConditionGroup, isComplete, leafCount, newGroup, newLeaf, read, treeFrom, useTitles, write, type Group } from '../conditions';
import { useSession } from '../session';
import { dropDraft, draftOf, keepDraft, type Draft } from './drafts';
import { LiveCount } from './LiveCount';
import { useMeasured, type Where } from './measured';
import { Sample } from './Sample';

type Saved = Schemas['AudienceOut'];
type Texts = {
  name: string; title: string; description?: string; owner?: string; exclude?: string[]; refresh?: string; alert?: number | null;
};
const CYCLES: Record<string, string> = { hourly: '0 * * * *', daily: '0 6 * * *', weekly: '0 6 * * 1', monthly: '0 6 1 * *' };

/** The builder: conditions, who is left out, texts, cycle; counted while they are written. */
export function Builder({ saved, given = '' }: { saved?: Saved; given?: string }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const { data: fields } = useGet('/api/fields');
  const key = saved?.name ?? 'new';
  const [draft] = useState<Draft | null>(() => (given ? null : draftOf(key, saved?.version)));
  const [isDraft, setDraft] = useState(draft !== null);
  const [rules, setRules] = useState<Group>(() => {
    const tree = draft?.where ?? saved?.where ?? treeFrom(given);
    return tree ? read(tree) : newGroup('all', [newLeaf()]);
  });
  const [form] = Form.useForm<Texts>();
  const exclude = Form.useWatch('exclude', form) ?? [];
  const isList = saved?.kind === 'list';
  const where = useMemo<Where>(() => (isList ? { audience: saved.name } : write(rules)), [rules, isList, saved?.name]);
  const isSound = isList || isComplete(rules);
  const measured = useMeasured(where, exclude, isSound);
  const isLocked = !may('audiences.write');
  const change = (group: Group) => {
    setRules(group);
    setDraft(true);
    keepDraft(key, { where: write(group), version: saved?.version ?? null });
  };
  const startAnew = () => {
    dropDraft(key);
    setDraft(false);
    setRules(saved?.where ? read(saved.where) : newGroup('all', [newLeaf()]));
  };
  const count = leafCount(rules);
  return (
    <div className="columns wide-left top">
      <div className="stack">
        <Section
          title={t(isList ? 'audiences.list_title' : 'audiences.rules')}
          extra={isDraft && <span className="muted">{t('audiences.draft')} <Button size="small" type="link" onClick={startAnew}>{t('audiences.discard')}</Button></span>}
        >
          {isList && <p className="muted">{t('audiences.list_lead')}</p>}
          {!isList && fields && <ConditionGroup group={rules} fields={fields} change={change} isLocked={isLocked} />}
          {fields && count > fields.limits.leaves && <p className="bad">{t('audiences.too_many', { count, most: fields.limits.leaves })}</p>}
        </Section>
        {measured.portrait && <Portrait data={measured.portrait} where={where} />}
        {measured.portrait && <Sample data={measured.portrait} />}
      </div>
      <div className="stack beside">
        <LiveCount measured={measured} isSound={isSound} />
        {!isLocked && (
          <Settings
            saved={saved} form={form}
            save={<Save saved={saved} where={where} canSave={isSound} form={form} done={() => dropDraft(key)} />}
          />
        )}
        {saved && saved.used_by.length > 0 && (
          <Section title={t('audiences.used_by')}>
            <ul className="plain">{saved.used_by.map((user) => <li key={user}><code>{user}</code></li>)}</ul>
          </Section>
        )}
      </div>
    </div>
  );
}

function Settings({ saved, form, save }: { saved?: Saved; form: ReturnType<typeof Form.useForm<Texts>>[0]; save: ReactNode }) {
  const { t, i18n } = useTranslation();
  const titles = useTitles();
  const { data: fields } = useGet('/api/fields');
  useEffect(() => {
    if (!saved) return;
    form.setFieldsValue({
      name: saved.name, title: saved.title[i18n.language], description: saved.description[i18n.language],
      owner: saved.owner, exclude: saved.exclude, refresh: saved.refresh,
      alert: saved.alert_change === null ? null : Math.round(1000 * saved.alert_change) / 10,
    });
  }, [saved, form, i18n.language]);
  const others = fields?.audiences.filter((one) => one.name !== saved?.name) ?? [];
  const cycles = [
    { value: '', label: t('audiences.cycle.none') },
    ...Object.entries(CYCLES).map(([word, value]) => ({ value, label: t(`audiences.cycle.${word}`) })),
  ];
  if (saved?.refresh && !Object.values(CYCLES).includes(saved.refresh)) cycles.push({ value: saved.refresh, label: saved.refresh });
  return (
    <Section title={t('audiences.texts')}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ refresh: '', exclude: [] }}>
        <div className="form-grid">
          <Form.Item
            name="name" label={t('audiences.name')} extra={t('audiences.name_hint')}
            rules={[{ required: true, pattern: /^(?!new$)[a-z][a-z0-9_]{0,62}$/, message: t('audiences.name_hint') }]}
          >
            <Input disabled={!!saved} placeholder="big_spenders_asleep" />
          </Form.Item>
          <Form.Item name="title" label={t('audiences.title')} rules={[{ required: true, message: t('audiences.need_title') }]}>
            <Input maxLength={80} />
          </Form.Item>
        </div>
        <Form.Item name="description" label={t('field.description')}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} maxLength={300} />
        </Form.Item>
        <div className="form-grid">
          {saved?.kind !== 'list' && (
            <Form.Item name="exclude" label={t('audiences.exclude')}>
              <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={others.map((one) => ({ value: one.name, label: titles.audience(one.name) }))} />
            </Form.Item>
          )}
          <Form.Item name="owner" label={t('audiences.owner')}>
            <Input maxLength={80} />
          </Form.Item>
          <Form.Item name="refresh" label={t('audiences.refresh')} extra={t('audiences.refresh_hint')}>
            <Select options={cycles} />
          </Form.Item>
          <Form.Item name="alert" label={t('audiences.alert')} extra={t('audiences.alert_hint')}>
            <InputNumber min={1} max={1000} suffix="%" className="full" />
          </Form.Item>
        </div>
        {save}
      </Form>
    </Section>
  );
}

function Save(props: {
  saved?: Saved;
  where: Where;
  canSave: boolean;
  form: ReturnType<typeof Form.useForm<Texts>>[0];
  done: () => void;
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
          where: saved?.kind === 'list' ? null : where,
          exclude: texts.exclude ?? [],
          owner: texts.owner ?? '',
          refresh: texts.refresh ?? '',
          alert_change: texts.alert ? texts.alert / 100 : null,
          version: saved?.version ?? null,
        },
      });
      props.done();
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
