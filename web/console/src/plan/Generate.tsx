import { Alert, App, Button, Checkbox, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { useFormat } from '../format';
import { Changes } from './Changes';

/** Make a plan from traffic: first look at what would change, then put it in force. */
export function Generate({ hasPlan, close }: { hasPlan: boolean; close: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const [days, setDays] = useState(30);
  const [limits, setLimits] = useState(false);
  const [made, setMade] = useState<Schemas['GeneratedOut'] | null>(null);
  const look = useSend('post', '/api/data/plan/generate');
  const apply = useSend('post', '/api/data/plan/generate', ['/api/data/plan', '/api/data/plan/versions', '/api/data/plan/events/{name}']);
  const body = { days, limits, merge: true };
  const preview = () =>
    look.mutateAsync({ body: { ...body, dry_run: true } }).then(setMade, (error) => message.error(say(error)));
  const accept = () =>
    apply.mutateAsync({ body: { ...body, dry_run: false } }).then(
      (done) => { message.success(t('plan.generated', { version: done.version })); close(); },
      (error) => message.error(say(error)),
    );
  return (
    <Modal
      open width={760} title={t('plan.generate')} onCancel={close}
      footer={[
        <Button key="close" onClick={close}>{t('action.cancel')}</Button>,
        <Button key="look" type={made ? 'default' : 'primary'} loading={look.isPending} onClick={() => void preview()}>{t('plan.preview')}</Button>,
        <Button key="accept" type="primary" disabled={!made || made.changes.length === 0} loading={apply.isPending} onClick={() => void accept()}>{t('plan.accept')}</Button>,
      ]}
    >
      <p className="muted">{t(hasPlan ? 'plan.merge_lead' : 'plan.generate_lead')}</p>
      <div className="toolbar bare">
        <label className="tools">{t('plan.days_seen')} <InputNumber min={1} max={3660} value={days} onChange={(value) => { setDays(value ?? 30); setMade(null); }} aria-label={t('plan.days_seen')} /></label>
        <Checkbox checked={limits} onChange={(event) => { setLimits(event.target.checked); setMade(null); }}>{t('plan.limits')}</Checkbox>
      </div>
      {made && (
        <>
          <p>{t('plan.seen', { events: format.count(made.events_seen), planned: format.count(made.events_planned) })}</p>
          {made.doubtful.length > 0 && (
            <Alert
              type="warning" showIcon className="notice" title={t('plan.doubtful', { count: made.doubtful.length })}
              description={<ul className="plain">{made.doubtful.slice(0, 8).map((one) => <li key={one.event + one.property + one.why}><code>{one.event} · {one.property}</code> {one.why}</li>)}</ul>}
            />
          )}
          <Changes changes={made.changes} />
        </>
      )}
    </Modal>
  );
}
