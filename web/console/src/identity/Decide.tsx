import { Alert, App, Button, Checkbox, Form, Input, Modal, Skeleton } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import type { paths } from '../api/schema';
import { useSay } from '../components/Failure';
import { Chip } from '../components/Marks';
import { useFormat } from '../format';
import { useSession } from '../session';
import { TypedId } from './TypedId';

/** A decision that somebody is about to take. */
export type Deed =
  | { verb: 'undo'; change_id: string }
  | { verb: 'revoke'; decision_id: string }
  | { verb: 'join' | 'separate'; left_id: string; right_id: string };

type Outcome = Schemas['OutcomeOut'];
type Planned = Schemas['PlannedOut'];
type Fields = { why: string; now: boolean };

// What depends on who is who.
const STAGES = ['identity', 'profiles', 'models', 'audiences', 'measurement'];

/** What a decision changes at once; people and their facts follow at the next run. */
export const STALE: (keyof paths)[] = [
  '/api/data/identity', '/api/data/identity/changes', '/api/data/identity/decisions', '/api/data/identity/explain',
  '/api/data/identity/matches', '/api/data/identity/conflicts', '/api/customers/{person_id}/identity',
];

/** Shows what a decision would change, asks for a reason, and takes it. */
export function Decide({ deed, close }: { deed: Deed; close: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const told = useTold();
  const [form] = Form.useForm<Fields>();
  const plan = useSend('post', '/api/data/identity/plan');
  const undo = useSend('post', '/api/data/identity/changes/{change_id}/undo', STALE);
  const revoke = useSend('post', '/api/data/identity/decisions/{decision_id}/revoke', STALE);
  const join = useSend('post', '/api/data/identity/join', STALE);
  const separate = useSend('post', '/api/data/identity/separate', STALE);
  const { mutate } = plan;
  useEffect(() => mutate({ body: deed }), [deed, mutate]);

  const take = async (fields: Fields) => {
    try {
      told(await taken(fields));
      close();
    } catch (error) {
      message.error(say(error));
    }
  };
  const taken = ({ why, now }: Fields): Promise<Outcome> => {
    const later = !now;
    if (deed.verb === 'undo') return undo.mutateAsync({ path: { change_id: deed.change_id }, body: { why, later } });
    if (deed.verb === 'revoke') return revoke.mutateAsync({ path: { decision_id: deed.decision_id }, body: { later } });
    const body = { left_id: deed.left_id, right_id: deed.right_id, why, later };
    return deed.verb === 'join' ? join.mutateAsync({ body }) : separate.mutateAsync({ body });
  };
  const isBusy = [undo, revoke, join, separate].some((send) => send.isPending);
  const isPossible = plan.data !== undefined && (plan.data.says === 'decided' || plan.data.says === 'revoked');
  return (
    <Modal
      open title={t(`identity.deed.${deed.verb}`)} onCancel={close} onOk={form.submit} width={640} destroyOnHidden
      okText={t(`identity.do.${deed.verb}`)} okButtonProps={{ disabled: !isPossible, danger: deed.verb === 'undo' || deed.verb === 'separate' }} confirmLoading={isBusy}
    >
      <p className="muted">{t(`identity.deed_lead.${deed.verb}`)}</p>
      {'left_id' in deed && <p className="pair"><TypedId id={deed.left_id} /> <span aria-hidden>·</span> <TypedId id={deed.right_id} /></p>}
      {plan.error && <Alert type="warning" showIcon title={say(plan.error)} />}
      {plan.isPending && <div aria-busy="true"><Skeleton active title={false} paragraph={{ rows: 3 }} /></div>}
      {plan.data && <Preview planned={plan.data} />}
      <Form form={form} layout="vertical" onFinish={take} initialValues={{ why: '', now: true }} requiredMark={false} disabled={plan.data !== undefined && !isPossible}>
        {deed.verb !== 'revoke' && (
          <Form.Item name="why" label={t('customer.reason')} rules={[{ required: true, whitespace: true, min: 2, message: t('identity.need_reason') }]}>
            <Input maxLength={300} autoFocus />
          </Form.Item>
        )}
        <Form.Item name="now" valuePropName="checked" noStyle>
          <Checkbox>{t('identity.now')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Preview({ planned }: { planned: Planned }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { plan, says } = planned;
  if (says !== 'decided' && says !== 'revoked') return <Alert type="info" showIcon className="notice" title={t(`identity.says.${says}`, { defaultValue: says })} />;
  return (
    <div className="plan-preview">
      <h3>{t('identity.would_change')}</h3>
      <p>
        {t('identity.people_count', { count: plan.people_before, shown: format.count(plan.people_before) })} <span aria-hidden>→</span>{' '}
        <b>{t('identity.people_count', { count: plan.people_after, shown: format.count(plan.people_after) })}</b>
      </p>
      {plan.shifts.length === 0 ? <p className="muted">{t('identity.no_shift')}</p> : (
        <ul className="shifts">
          {plan.shifts.map((shift) => (
            <li key={shift.kind + shift.person_id + shift.other_person_id}>
              <Chip tone={shift.kind === 'merge' ? 'blue' : 'orange'}>{t(`identity.kind.${shift.kind}`)}</Chip>
              <span className="shift-words">
                <span>{t('identity.ids_move', { count: shift.ids, shown: format.count(shift.ids) })}</span>
                <TypedId id={shift.kind === 'merge' ? shift.other_person_id : shift.person_id} /> <span aria-hidden>→</span> <TypedId id={shift.kind === 'merge' ? shift.person_id : shift.other_person_id} />
              </span>
              <span className="chips shift-ids">{shift.examples.map((id) => <TypedId key={id} id={id} />)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

type Told = { says: string; is_pending: boolean };

/** Tell what became of a decision, and offer the run that puts it into effect. */
export function useTold() {
  const { t } = useTranslation();
  const { notification, message } = App.useApp();
  const say = useSay();
  const { may } = useSession();
  const run = useSend('post', '/api/data/runs', STALE);
  return (outcome: Told) => {
    const says = t(`identity.says.${outcome.says}`, { defaultValue: outcome.says });
    if (outcome.says.startsWith('already')) return void message.info(says);
    if (!outcome.is_pending) return void message.success(t('identity.in_effect'));
    const key = 'identity-pending';
    const start = () => {
      notification.destroy(key);
      const done = message.loading(t('identity.running'), 0);
      void run.mutateAsync({ body: { stages: STAGES } })
        .then(() => message.success(t('identity.in_effect')), (error) => message.error(say(error)))
        .finally(done);
    };
    notification.success({
      key, title: says, description: t('identity.next_run'), duration: 8,
      actions: may('data.run') ? <Button size="small" onClick={start}>{t('identity.run_now')}</Button> : undefined,
    });
  };
}
