import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Chip, Mark } from '../components/Marks';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { FactRow } from './FactRow';

type Data = Schemas['CustomerOut'];
const TRAITS = 3;

/** What the customer is worth, whom they are like, and where they stood month by month. */
export function Value({ data }: { data: Data }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { profile, persona } = data;
  if (!profile.is_buyer) return <Section title={t('customer.value')}><p className="muted">{t('customer.no_value')}</p></Section>;
  return (
    <Section title={t('customer.value')}>
      <dl className="facts">
        <FactRow name={t('field.value_tier')}><Mark kind="tier" value={profile.value_tier} /></FactRow>
        <FactRow name={t('field.stage')}><Mark kind="stage" value={profile.stage} /></FactRow>
        <FactRow name={t('field.rfm')}>
          {profile.r ? `${profile.r} · ${profile.f} · ${profile.m}` : NONE}{' '}
          {profile.rfm_segment && <span className="muted">{t(`segment.${profile.rfm_segment}`)}</span>}
        </FactRow>
        <FactRow name={t('field.clv')}>{format.money(profile.clv)}</FactRow>
        {persona && (
          <FactRow name={t('customer.persona')}>
            <Chip tone="purple">{persona.title[i18n.language] ?? persona.title.en}</Chip>{' '}
            <span className="muted">{t('customer.persona_share', { share: format.share(persona.share, 0), people: format.count(persona.people) })}</span>
            <ul className="persona-traits">
              {persona.traits.slice(0, TRAITS).map((trait) => (
                <li key={trait.feature + (trait.value ?? '')} className="muted">
                  {t(`trait.${trait.feature}`)}{trait.value && ` ${trait.value}`} {t(trait.difference > 0 ? 'customer.more' : 'customer.less', { by: format.decimal(Math.abs(trait.difference), 1) })}
                </li>
              ))}
            </ul>
          </FactRow>
        )}
      </dl>
      {data.stages.length > 0 && <Months stages={data.stages} />}
    </Section>
  );
}

function Months({ stages }: { stages: Data['stages'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <h3>{t('customer.months')}</h3>
      <ol className="months">
        {stages.map((one) => (
          <li key={one.month_end} title={`${t(`tier.${one.value_tier}`)} · ${format.money(one.monetary)}`}>
            <span className="muted">{one.month_end.slice(2, 7)}</span>
            <Mark kind="stage" value={one.stage} />
          </li>
        ))}
      </ol>
    </>
  );
}
