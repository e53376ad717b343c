import { SaveOutlined } from '@ant-design/icons';
import { Alert, App, Button, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import { Problem, type Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { Bars } from '../components/Bars';
import { useSay } from '../components/Failure';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { DefinitionForm } from './DefinitionForm';
import { Doubts } from './Doubts';
import { type Body } from './body';

type Saved = Schemas['TagPage'];
type Mode = 'form' | 'yaml';
const NAME = /^(?!(new|check|weights|entries|facts)$)[a-z][a-z0-9_]{0,62}$/;

/** Edit a definition as a form or as YAML; try it on everybody before it is saved. */
export function Editor({ saved, start, done }: { saved?: Saved; start: Body; done: () => void }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const say = useSay();
  const navigate = useNavigate();
  const words = useGet('/api/tags/facts').data;
  const fields = useGet('/api/fields').data;
  const [name, setName] = useState(saved?.tag ?? '');
  const [body, setBody] = useState<Body>(start);
  const [text, setText] = useState(saved?.text ?? '');
  const [mode, setMode] = useState<Mode>('form');
  const [why, setWhy] = useState('');
  const preview = useSend('post', '/api/tags/{name}/preview');
  const save = useSend('put', '/api/tags/{name}', ['/api/tags', '/api/tags/{name}', '/api/tags/{name}/versions', '/api/fields']);
  const isNamed = NAME.test(name);
  const draft = mode === 'form' ? body : text;
  const hold = () =>
    preview.mutateAsync({ path: { name: isNamed ? name : 'draft' }, body: { body: draft } }).then(
      (found) => { setBody(found.body as Body); setText(found.text); return true; },
      (error) => { message.error(say(error)); return false; },
    );
  // A draft that cannot be read stays where it can be mended.
  const turn = async (to: Mode) => { if (await hold()) setMode(to); };
  const keep = async () => {
    try {
      const stored = await save.mutateAsync({ path: { name }, body: { body: draft, expects: saved?.version ?? null, why } });
      message.success(t('tags.saved', { version: stored.version }));
      if (saved) done();
      else navigate(`/tags/${stored.tag}`, { replace: true });
    } catch (error) {
      if (error instanceof Problem && error.code === 'conflict') modal.warning({ title: t('tags.conflict'), content: error.message });
      else message.error(say(error));
    }
  };
  return (
    <Section
      title={t('tags.definition')}
      extra={<Segmented<Mode> size="small" value={mode} onChange={(to) => void turn(to)} options={[{ value: 'form', label: t('tags.form') }, { value: 'yaml', label: 'YAML' }]} />}
    >
      {!saved && (
        <label className="tag-field">
          <span className="tag-field-name">{t('tags.name')}</span>
          <Input value={name} onChange={(event) => setName(event.target.value)} placeholder="bought_twice" status={name && !isNamed ? 'error' : undefined} />
          <span className="muted">{t('audiences.name_hint')}</span>
        </label>
      )}
      {mode === 'form' ? (
        words && fields && <DefinitionForm body={body} change={setBody} words={words} fields={fields} isNew={!saved} />
      ) : (
        <Input.TextArea className="code" value={text} onChange={(event) => setText(event.target.value)} autoSize={{ minRows: 12, maxRows: 30 }} spellCheck={false} aria-label={t('tags.definition')} />
      )}
      <p className="tools">
        <Button loading={preview.isPending} onClick={() => void hold()}>{t('tags.try')}</Button>
        <Input value={why} onChange={(event) => setWhy(event.target.value)} placeholder={t('tags.why')} aria-label={t('tags.why')} maxLength={300} style={{ width: 240 }} />
        <Button type="primary" icon={<SaveOutlined />} disabled={!isNamed} loading={save.isPending} onClick={() => void keep()}>{t(saved ? 'action.save' : 'action.create')}</Button>
        {saved && <Button onClick={done}>{t('action.cancel')}</Button>}
      </p>
      {preview.data && <Tried found={preview.data} />}
    </Section>
  );
}

function Tried({ found }: { found: Schemas['TagPreview'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const people = t('tags.tried', { holders: format.count(found.holders), people: format.count(found.people), share: format.share(found.coverage) });
  return (
    <>
      <Alert type={found.holders ? 'success' : 'warning'} showIcon title={people} />
      <Doubts doubts={found.warnings} />
      {found.values.length > 0 && (
        <Bars
          label={t('tags.values')}
          bars={found.values.slice(0, 10).map((one) => ({ key: one.value, name: one.value, value: one.holders, text: format.count(one.holders) }))}
        />
      )}
    </>
  );
}
