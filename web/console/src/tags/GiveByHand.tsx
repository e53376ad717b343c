import { Alert, App, Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { Entries } from './Entries';

/** Give people a tag by hand or take it: by typed ids, one a line. */
export function GiveByHand({ tag, given, canWrite }: { tag: string; given: unknown; canWrite: boolean }) {
  const { t } = useTranslation();
  return (
    <Section title={t('tags.by_hand')}>
      {canWrite && <Giving tag={tag} given={given} />}
      <Entries tag={tag} />
    </Section>
  );
}

function Giving({ tag, given }: { tag: string; given: unknown }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const [text, setText] = useState('');
  const [value, setValue] = useState<string>();
  const [why, setWhy] = useState('');
  const send = useSend('post', '/api/tags/{name}/marks', ['/api/tags/entries']);
  const ids = text.split(/[\s,]+/).filter(Boolean);
  const write = (action: 'set' | 'unset') =>
    send.mutateAsync({ path: { name: tag }, body: { ids, action, value: value || null, why: why || null } }).then(
      () => { setText(''); message.success(t('tags.noted')); },
      (error) => message.error(say(error)),
    );
  return (
    <>
      <p className="muted">{t('tags.by_hand_lead')}</p>
      <Input.TextArea
        className="code" value={text} onChange={(change) => setText(change.target.value)} autoSize={{ minRows: 2, maxRows: 8 }}
        aria-label={t('tags.ids')} placeholder="user:10086&#10;email:li@mail.example" spellCheck={false}
      />
      <p className="tools">
        {Array.isArray(given) && (
          <Select value={value} onChange={setValue} className="filter" aria-label={t('tags.value')} placeholder={t('tags.value')} options={given.map((one) => ({ value: String(one), label: String(one) }))} />
        )}
        {given === 'any' && <Input value={value} onChange={(change) => setValue(change.target.value)} aria-label={t('tags.value')} placeholder={t('tags.value')} style={{ width: 160 }} />}
        <Input value={why} onChange={(change) => setWhy(change.target.value)} aria-label={t('tags.why')} placeholder={t('tags.why')} maxLength={300} style={{ width: 220 }} />
        <Button type="primary" disabled={ids.length === 0} loading={send.isPending} onClick={() => void write('set')}>{t('tags.set')}</Button>
        <Button disabled={ids.length === 0} onClick={() => void write('unset')}>{t('tags.unset')}</Button>
      </p>
      {send.data && send.data.unknown > 0 && (
        <Alert type="warning" showIcon title={t('tags.unknown_ids', { count: send.data.unknown, shown: format.count(send.data.unknown) })} description={<code>{send.data.unknown_ids.join(' ')}</code>} />
      )}
    </>
  );
}
