import { CheckOutlined, CloseOutlined, LeftOutlined, RightOutlined } from '@ant-design/icons';
import { App, Button, Segmented } from 'antd';
import { useLayoutEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFilters } from '../components/query';
import { useTitles } from '../conditions';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';
import { STALE, useTold } from './Decide';
import { TypedId } from './TypedId';

type Pair = Schemas['MatchLine'];
type Verdict = 'review' | 'accepted' | 'rejected';
const SIZE = 20;
const VERDICTS: Verdict[] = ['review', 'accepted', 'rejected'];

/** Pairs of records that look alike, one at a time, judged by mouse or by keyboard. */
export function Review() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const verdict = (VERDICTS.includes(get('verdict') as Verdict) ? get('verdict') : 'review') as Verdict;
  const page = Number(get('page')) || 1;
  const query = useGet('/api/data/identity/matches', { query: { verdict, page, size: SIZE } }, { keep: true });
  return (
    <>
      <div className="toolbar bare">
        <Segmented aria-label={t('identity.verdict_filter')} value={verdict} onChange={(value) => set({ verdict: value === 'review' ? '' : value, page: '' })} options={VERDICTS.map((value) => ({ value, label: t(`identity.verdict.${value}`) }))} />
      </div>
      <Loaded query={query}>
        {(found) => found.items.length === 0
          ? <NextStep text={t(`identity.no_pairs.${verdict}`)} command={verdict === 'review' ? 'zhiyin identity link' : undefined} />
          : <Queue key={verdict} pairs={found.items} total={found.total} first={(page - 1) * SIZE} canTurn={(page * SIZE) < found.total} turn={(by) => set({ page: page + by })} />}
      </Loaded>
    </>
  );
}

function Queue(props: { pairs: Pair[]; total: number; first: number; canTurn: boolean; turn: (by: number) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const told = useTold();
  const [place, setPlace] = useState(0);
  // A judgment ends when every list that it changes was read again; the next pair is often there sooner.
  const [judging, setJudging] = useState<Record<string, 'accept' | 'reject'>>({});
  const accept = useSend('post', '/api/data/identity/matches/accept', STALE);
  const reject = useSend('post', '/api/data/identity/matches/reject', STALE);
  const at = Math.min(place, props.pairs.length - 1);
  const pair = props.pairs[at];
  const canJudge = may('identity.write');
  const judged = pair ? judging[pair.pair_id] : undefined;
  const go = (by: number) => setPlace(Math.max(0, Math.min(props.pairs.length - 1, at + by)));
  // Each judgment would start a run of its own; a reader of twenty pairs starts one at the end.
  const judge = async (verb: 'accept' | 'reject') => {
    if (!pair || judged || !canJudge) return;
    const { pair_id } = pair;
    setJudging((now) => ({ ...now, [pair_id]: verb }));
    try {
      const done = await (verb === 'accept' ? accept : reject).mutateAsync({ body: { pair_ids: [pair_id], why: '', later: true } });
      told({ says: done.decided[0]?.says ?? 'decided', is_pending: done.is_pending });
    } catch (error) {
      message.error(say(error));
    } finally {
      setJudging(({ [pair_id]: _, ...rest }) => rest);
    }
  };
  // Before the next key can come: a listener of the pair before would drop it.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|TEXTAREA|SELECT/.test(target.tagName) || document.querySelector('.ant-modal-wrap:not([style*="none"])')) return;
      const deeds: Record<string, () => void> = { j: () => go(1), k: () => go(-1), a: () => void judge('accept'), r: () => void judge('reject') };
      deeds[event.key.toLowerCase()]?.();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  });
  if (!pair) return null;
  return (
    <div className="review-queue" aria-live="polite">
      <header className="review-head">
        <span className="tools">
          <Button size="small" icon={<LeftOutlined />} aria-label={t('identity.previous')} disabled={at === 0} onClick={() => go(-1)} />
          <span>{t('identity.pair_of', { place: format.count(props.first + at + 1), total: format.count(props.total) })}</span>
          <Button size="small" icon={<RightOutlined />} aria-label={t('identity.next')} disabled={at === props.pairs.length - 1 && !props.canTurn} onClick={() => (at < props.pairs.length - 1 ? go(1) : props.turn(1))} />
        </span>
        <Likelihood pair={pair} />
        {canJudge && (
          <span className="tools judge">
            <Button icon={<CloseOutlined />} loading={judged === 'reject'} onClick={() => void judge('reject')}>{t('identity.reject')}</Button>
            <Button type="primary" icon={<CheckOutlined />} loading={judged === 'accept'} onClick={() => void judge('accept')}>{t('identity.accept')}</Button>
          </span>
        )}
      </header>
      <Sides pair={pair} />
      {canJudge && <p className="muted keys"><kbd>A</kbd> {t('identity.accept')} <kbd>R</kbd> {t('identity.reject')} <kbd>J</kbd> {t('identity.next')} <kbd>K</kbd> {t('identity.previous')}</p>}
    </div>
  );
}

function Likelihood({ pair }: { pair: Pair }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = Math.floor(pair.probability * 1000) / 1000;
  return (
    <span className="likelihood">
      <span className="meter" aria-hidden><span style={{ width: `${100 * pair.probability}%` }} /></span>
      <b>{format.share(share)}</b> <span className="muted">{t('identity.likely')} · {t('identity.bits', { bits: format.decimal(pair.match_weight, 1) })}</span>
    </span>
  );
}

function Sides({ pair }: { pair: Pair }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const shown = (field: string, value: string | null) => {
    if (value === null) return <span className="muted">{NONE}</span>;
    if (field === 'joined_at') return format.date(value);
    return field === 'gender' || field === 'acquisition_channel' ? titles.value(field, value) : value;
  };
  return (
    <div className="sides-box">
      <table className="sides">
        <thead>
          <tr>
            <th scope="col"><span className="visually-hidden">{t('identity.field')}</span></th>
            <th scope="col"><TypedId id={pair.left_id} isLink /></th>
            <th scope="col"><TypedId id={pair.right_id} isLink /></th>
            <th scope="col">{t('identity.speaks')}</th>
          </tr>
        </thead>
        <tbody>
          {pair.fields.map((one) => (
            <tr key={one.field} className={one.is_same ? 'same' : one.is_same === false && one.weight !== null ? 'differs' : ''}>
              <th scope="row">{t(`field.${one.field}`, { defaultValue: one.field })}</th>
              <td>{shown(one.field, one.left)}</td>
              <td>{shown(one.field, one.right)}</td>
              <td><Speaks field={one} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a field speaks for: the model's weight in bits, or only whether the values agree. */
function Speaks({ field }: { field: Schemas['Compared'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const agreement = field.is_same === null ? null : t(field.is_same ? 'identity.agrees' : 'identity.differs');
  if (field.weight === null) return <span className="muted">{agreement ?? NONE}</span>;
  const width = `${Math.min(50, 4 * Math.abs(field.weight))}%`;
  return (
    <span className="weight">
      <span className="effect" aria-hidden><i className={field.weight >= 0 ? 'up' : 'down'} style={{ width }} /></span>
      <Chip tone={field.weight >= 0 ? 'green' : 'orange'}>{field.weight > 0 ? '+' : ''}{format.decimal(field.weight, 1)}</Chip>
      <span className="muted">{agreement}</span>
    </span>
  );
}
