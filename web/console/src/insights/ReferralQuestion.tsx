import { Input } from 'antd';
import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { Choice, DaysChoice, daysAsked, IntervalChoice, Part } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { EventPicker, StepRow } from './StepEditor';

export type ReferralSpec = { joined: Step; inviter?: string; sent?: Step; days?: Days; interval?: string; by?: string };
export const INVITER = 'inviter_id';
const PROPERTY = /^[A-Za-z_$][A-Za-z0-9_$.]{0,99}$/;

/** What a first visit asks: who signed up because somebody invited them. */
export function usualReferral(catalog: Catalog): ReferralSpec {
  const [event] = seenOf(catalog, ['Signed Up'], 1);
  return { joined: { event }, inviter: INVITER, days: { last: 84 }, interval: 'week' };
}

/** The question as the server takes it; nothing while the inviter's property is none. */
export function referralAsked(spec: ReferralSpec | undefined): ReferralSpec | undefined {
  if (!spec?.joined?.event || !PROPERTY.test(spec.inviter ?? INVITER)) return undefined;
  return { ...spec, joined: asked(spec.joined), sent: spec.sent?.event ? asked(spec.sent) : undefined, days: daysAsked(spec.days) };
}

export function ReferralQuestion(props: { spec: ReferralSpec; catalog: Catalog; change: (changes: Partial<ReferralSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  const inviter = spec.inviter ?? INVITER;
  const isWrong = !PROPERTY.test(inviter);
  return (
    <Section className="ask">
      <StepRow catalog={catalog} parts={[{ name: t('insights.joined'), step: spec.joined, change: (joined) => change({ joined }) }]} />
      <div className="ask-parts">
        <Part name={t('insights.inviter')} problem={isWrong ? t('insights.inviter_wrong') : undefined}>
          <Input
            key={inviter} defaultValue={inviter} aria-label={t('insights.inviter')} className="ask-formula" status={isWrong ? 'error' : undefined}
            onPressEnter={(event) => change({ inviter: event.currentTarget.value.trim() })} onBlur={(event) => event.target.value.trim() !== inviter && change({ inviter: event.target.value.trim() })}
          />
        </Part>
        <Part name={t('insights.invitation')}>
          <EventPicker label={t('insights.invitation')} catalog={catalog} event={spec.sent?.event} change={(event) => change({ sent: event ? { event } : undefined })} placeholder={t('insights.not_recorded')} isOptional />
        </Part>
        <DaysChoice days={spec.days ?? { last: 84 }} change={(days) => change({ days })} />
        <IntervalChoice value={spec.interval ?? 'week'} intervals={['day', 'week', 'month']} change={(interval) => change({ interval })} />
        <Choice
          name={t('insights.counted_by')} value={spec.by ?? 'channel'} change={(by) => change({ by: by === 'channel' ? undefined : by })}
          choices={['channel', 'platform', 'campaign_id'].map((value) => ({ value, label: catalog.property(value) }))}
        />
      </div>
    </Section>
  );
}
