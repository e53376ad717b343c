import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Bars } from '../components/Bars';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import { Drawing } from './Drawing';
import { Fact, Facts } from './Facts';
import { useGroupName, type Catalog } from './names';
import { barsOption, linesOption } from './options';
import { usePeople, type Look } from './People';
import { INVITER, type ReferralSpec } from './ReferralQuestion';
import { usePeriod } from './times';

type Answer = Schemas['ReferralAnswer'];
type CardProps = { answer: Answer; look: Look | null };

export function ReferralAnswer({ answer, spec, catalog }: { answer: Answer; spec: ReferralSpec; catalog: Catalog }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { look, drawer } = usePeople('referral', spec);
  if (answer.invited === 0) {
    const text = t('insights.nobody_invited', { event: catalog.event(spec.joined.event ?? ''), property: spec.inviter ?? INVITER });
    return <Section><NextStep text={text} /></Section>;
  }
  const joined = answer.periods.reduce((sum, one) => sum + one.invited, 0);
  const deepest = Math.max(0, ...answer.depths.map((one) => one.depth));
  return (
    <>
      <Facts>
        <Fact name={t('insights.invited')} value={format.count(answer.invited)} foot={t('insights.invited_here', { count: joined, shown: format.count(joined) })} />
        <Fact
          name={t('insights.inviters')} foot={t('insights.each_brought', { value: format.decimal(answer.invited / answer.inviters, 1) })}
          value={look ? <button type="button" className="link" onClick={() => look({ inviters: true }, t('insights.inviters'))}>{format.count(answer.inviters)}</button> : format.count(answer.inviters)}
        />
        <Fact name={t('insights.trees')} value={format.count(answer.trees)} foot={t('insights.deepest', { count: deepest, shown: format.count(deepest) })} />
        <Fact name={t('insights.k_mean')} value={format.decimal(meanK(answer), 3)} foot={t('insights.k_foot')} />
      </Facts>
      <OverTime answer={answer} look={look} />
      <div className="ask-two">
        <Depths answer={answer} look={look} />
        <Groups answer={answer} look={look} by={spec.by ?? 'channel'} />
      </div>
      <Trees answer={answer} look={look} />
      {drawer}
    </>
  );
}

/** People brought per active person and period, over the whole time. */
function meanK({ periods }: Answer): number | null {
  const active = periods.reduce((sum, one) => sum + one.active, 0);
  return active ? periods.reduce((sum, one) => sum + one.invited, 0) / active : null;
}

function OverTime({ answer, look }: CardProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const period = usePeriod(answer.interval);
  const { periods } = answer;
  const ratio = (value: number | null | undefined) => format.decimal(value, 3);
  const open = (place: number) =>
    look && periods[place].invited > 0 ? () => look({ at: periods[place].start }, `${t('insights.invited')} · ${period.full(periods[place].start)}`) : undefined;
  const option = linesOption({
    starts: periods.map((one) => one.start), short: period.short, full: period.full, say: ratio, axis: ratio,
    series: [{ name: t('insights.k_factor'), data: periods.map((one) => one.k) }],
  });
  const rows = periods.map((one, place): Figure[] => [
    { value: one.start, text: period.full(one.start) },
    { value: one.invited, text: format.count(one.invited), look: open(place) },
    { value: one.active, text: format.count(one.active) },
    { value: one.sent, text: format.count(one.sent) },
    { value: one.per_person, text: ratio(one.per_person) },
    { value: one.accepted, text: format.share(one.accepted) },
    { value: one.k, text: ratio(one.k) },
  ]);
  const columns = [t(`insights.interval.${answer.interval}`), ...['invited', 'active', 'sent', 'sent_each', 'accepted', 'k_factor'].map((key) => t(`insights.${key}`))];
  return (
    <AnswerCard title={t('insights.k_over_time')} file="referral" rows={rows} columns={columns} foot={<p className="muted ask-hint">{t('insights.k_hint')}</p>}>
      <Drawing option={option} height={260} label={t('insights.k_over_time')} onPick={(place) => open(place)?.()} />
    </AnswerCard>
  );
}

function Depths({ answer, look }: CardProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = (depth: number) => t('insights.depth', { count: depth });
  const open = (place: number) => (look ? () => look({ depth: answer.depths[place].depth }, name(answer.depths[place].depth)) : undefined);
  const option = barsOption({
    names: answer.depths.map((one) => name(one.depth)), series: [{ name: t('insights.people'), data: answer.depths.map((one) => one.people) }],
    say: format.count, axis: format.compact, isWhole: true, text: (place) => format.share(answer.depths[place].people / answer.invited),
  });
  const rows = answer.depths.map((one, place): Figure[] => [
    { value: one.depth, text: name(one.depth) },
    { value: one.people, text: format.count(one.people), look: open(place) },
  ]);
  return (
    <AnswerCard title={t('insights.depths')} file="referral-depths" view="depths" rows={rows} columns={[t('insights.depth_of'), t('insights.people')]}>
      <Drawing option={option} height={220} label={t('insights.depths')} onPick={(place) => open(place)?.()} />
    </AnswerCard>
  );
}

function Groups({ answer, look, by }: CardProps & { by: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const groupName = useGroupName(by);
  const all = answer.groups.reduce((sum, one) => sum + one.people, 0);
  const name = (group: string | null) => groupName({ group, is_other: false });
  return (
    <Section title={t('insights.invited_by')}>
      {all === 0 ? <p className="muted">{t('insights.nobody_did')}</p> : (
        <Bars
          label={t('insights.invited_by')}
          bars={answer.groups.map(({ group, people }) => ({
            key: group ?? '', name: name(group), value: people / all, text: `${format.count(people)} (${format.share(people / all)})`,
            look: look ? () => look({ group }, `${t('insights.invited')} · ${name(group)}`) : undefined,
          }))}
        />
      )}
    </Section>
  );
}

function Trees({ answer, look }: CardProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('insights.largest_trees')} flush>
      <Figures
        columns={['root', 'people', 'depth_of'].map((key) => t(`insights.${key}`))}
        rows={answer.largest.map((tree) => [
          { value: tree.root, text: tree.root },
          { value: tree.people, text: format.count(tree.people), look: look ? () => look({ root: tree.root }, t('insights.tree_of', { root: tree.root })) : undefined },
          { value: tree.depth, text: format.count(tree.depth) },
        ])}
      />
    </Section>
  );
}
