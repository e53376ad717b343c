import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { editorAddress, useTitles } from '../conditions';
import { useFormat } from '../format';
import { Bars } from './Bars';
import { Section } from './Section';

type Where = Schemas['CountIn']['where'];
type Told = { share: number; index: number | null; p_value: number | null };
/** Of a hundred bars some differ by chance: only what is rarer than this is marked. */
const RARE = 0.001;

/** Who the people are, attribute by attribute and tag by tag, beside everybody. */
export function Portrait({ data, where }: { data: Schemas['AudiencePortrait']; where: Where }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  if (data.members === 0) return null;
  const told = (one: Told): ReactNode => (
    <>
      {format.share(one.share)} <span className="muted">×{format.decimal(one.index, 1)}</span>
      {one.p_value !== null && one.p_value < RARE && <span className="rare" role="img" aria-label={t('audiences.rare')} title={t('audiences.rare')}> ●</span>}
    </>
  );
  return (
    <Section
      title={t('audiences.portrait')}
      extra={
        <span className="legend">
          <i className="fill" /> {t('audiences.here')} <i className="tick" /> {t('audiences.everybody')} <span className="rare">●</span> {t('audiences.rare')}
        </span>
      }
    >
      <div className="portraits">
        {data.tags.length > 0 && (
          <div>
            <h3>{t('audiences.tags')}</h3>
            <Bars
              label={t('audiences.tags')} most={1}
              bars={data.tags.slice(0, 8).map((one) => ({
                key: one.tag,
                to: editorAddress({ all: [where, { tag: one.tag }] }),
                name: titles.tag(one.tag),
                value: one.share,
                base: one.base_share,
                text: told(one),
              }))}
            />
          </div>
        )}
        {data.dimensions.map((dimension) => (
          <div key={dimension.dimension}>
            <h3>{titles.attribute(dimension.dimension)}</h3>
            <Bars
              label={titles.attribute(dimension.dimension)}
              bars={dimension.values.slice(0, 6).map((bar) => ({
                key: bar.value,
                to: editorAddress({ all: [where, { attribute: dimension.dimension, equals: bar.value }] }),
                name: titles.value(dimension.dimension, bar.value),
                value: bar.share,
                base: bar.base_share,
                text: told(bar),
              }))}
            />
          </div>
        ))}
      </div>
    </Section>
  );
}
