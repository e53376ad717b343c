import { LinkOutlined, SearchOutlined, StopOutlined } from '@ant-design/icons';
import { Alert, Button, Input } from 'antd';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Chip } from '../components/Marks';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { useSession } from '../session';
import type { Deed } from './Decide';
import { Evidence, TypedId } from './TypedId';

type Out = Schemas['ExplanationOut'];
type Step = Schemas['LinkStep'];

/** Two ids, and why they are one person or why not; from here they can be joined or kept apart. */
export function Explain({ decide }: { decide: (deed: Deed) => void }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { may } = useSession();
  const [left, setLeft] = useState(get('left'));
  const [right, setRight] = useState(get('right'));
  useEffect(() => { setLeft(get('left')); setRight(get('right')); }, [get]);
  const asked = { left: get('left'), right: get('right') };
  const isAsked = asked.left !== '' && asked.right !== '';
  const query = useGet('/api/data/identity/explain', { query: asked }, { enabled: isAsked, keep: false });
  const say = useSay();
  const ask = (event: FormEvent) => {
    event.preventDefault();
    set({ left: left.trim(), right: right.trim() });
  };
  return (
    <Section title={t('identity.explain')} className="explain">
      <form className="explain-form" onSubmit={ask}>
        <Input value={left} onChange={(event) => setLeft(event.target.value)} aria-label={t('identity.first_id')} placeholder="user:10001" allowClear />
        <Input value={right} onChange={(event) => setRight(event.target.value)} aria-label={t('identity.second_id')} placeholder="phone:+8613800001111" allowClear />
        <Button htmlType="submit" type="primary" icon={<SearchOutlined />} disabled={!left.trim() || !right.trim()} loading={query.isFetching}>{t('identity.why')}</Button>
        {isAsked && <Button type="text" onClick={() => set({ left: '', right: '' })}>{t('identity.clear')}</Button>}
      </form>
      {!isAsked && <p className="muted explain-hint">{t('identity.explain_hint')}</p>}
      {isAsked && query.error && <Alert type="warning" showIcon title={say(query.error)} />}
      {isAsked && query.data && <Answer found={query.data} asked={asked} canDecide={may('identity.write')} decide={decide} />}
    </Section>
  );
}

function Answer({ found, asked, canDecide, decide }: { found: Out; asked: { left: string; right: string }; canDecide: boolean; decide: (deed: Deed) => void }) {
  const { t } = useTranslation();
  const one = found.is_one_person;
  const pair = { left_id: asked.left, right_id: asked.right };
  const onTheWay = new Set(found.chain.map((step) => step.left_id + step.right_id));
  const obstacles = found.obstacles.filter((step) => !onTheWay.has(step.left_id + step.right_id));
  return (
    <div className="answer">
      <Alert
        type={one ? 'success' : 'info'} showIcon icon={one ? <LinkOutlined /> : <StopOutlined />}
        title={<>{t(one ? 'identity.one_person' : 'identity.two_people')} <span className="muted">{t(`identity.because.${found.reason}`, { defaultValue: found.reason })}</span></>}
        action={canDecide && found.reason !== 'same_id' && (
          one ? <Button size="small" onClick={() => decide({ verb: 'separate', ...pair })}>{t('identity.separate')}</Button>
            : <Button size="small" onClick={() => decide({ verb: 'join', ...pair })}>{t('identity.join')}</Button>
        )}
      />
      {found.chain.length > 0 && <Chain steps={found.chain} from={found.left_id} />}
      {obstacles.length > 0 && (
        <>
          <h3>{t('identity.obstacles')}</h3>
          <ul className="obstacles">
            {obstacles.map((step) => (
              <li key={step.left_id + step.right_id}>
                <TypedId id={step.left_id} /> <span aria-hidden>·</span> <TypedId id={step.right_id} />
                <Chip tone="red">{t(`refusal.${step.reason}`, { defaultValue: step.reason ?? '' })}</Chip>
                <Evidence kinds={step.evidence} />
              </li>
            ))}
          </ul>
        </>
      )}
      {found.blocked.length > 0 && (
        <ul className="obstacles">
          {found.blocked.map((one) => (
            <li key={one.blocked_id}><TypedId id={one.blocked_id} /> <Chip tone="orange">{t(`block.${one.reason}`, { defaultValue: one.reason })}</Chip> <span className="muted">{t('identity.seen_with', { count: one.users })}</span></li>
          ))}
        </ul>
      )}
      {found.decisions.length > 0 && (
        <ul className="obstacles">
          {found.decisions.map((one) => (
            <li key={one.decision_id}><Chip tone="purple">{t(`identity.decided.${one.kind}`)}</Chip> <TypedId id={one.left_id} /> <span aria-hidden>·</span> <TypedId id={one.right_id} /> <span className="muted">{one.actor}{one.why && `: ${one.why}`}</span></li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The way from one id to the other, link by link. */
function Chain({ steps, from }: { steps: Step[]; from: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  let at = from;
  return (
    <ol className="chain" aria-label={t('identity.chain')}>
      <li className="node"><TypedId id={from} isLink /></li>
      {steps.map((step) => {
        const next = step.left_id === at ? step.right_id : step.left_id;
        at = next;
        return (
          <li key={step.left_id + step.right_id} className={step.verdict === 'linked' ? 'hop' : 'hop broken'}>
            <span className="link-line">
              {step.verdict !== 'linked' && <Chip tone="red">{t(`refusal.${step.reason ?? step.verdict}`, { defaultValue: step.reason ?? step.verdict })}</Chip>}
              <Evidence kinds={step.evidence} />
              <small className="muted">{t('identity.seen', { count: step.seen, shown: format.count(step.seen) })} · {step.sources.join(', ')}{step.last_seen && ` · ${format.date(step.last_seen)}`}</small>
            </span>
            <span className="node"><TypedId id={next} isLink /></span>
          </li>
        );
      })}
    </ol>
  );
}
