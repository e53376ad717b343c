import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { call, type Schemas } from '../api/client';
import { useFormat } from '../format';
import { editorAddress } from '../rules/tree';
import { useTitles } from '../rules/vocabulary';
import { Bars } from './Bars';
import { useSay } from './Failure';
import { Section } from './Section';

type Where = Schemas['CountIn']['where'];
type Measured = {
  count: Schemas['Count'] | null;
  portrait: Schemas['AudiencePortrait'] | null;
  problem: string;
  isBusy: boolean;
};
const PAUSE = 350;

/** Count a condition while it is being edited, and describe its people a moment after. */
export function useMeasured(where: Where, isSound: boolean): Measured {
  const say = useSay();
  const [measured, setMeasured] = useState<Measured>({ count: null, portrait: null, problem: '', isBusy: false });
  const text = JSON.stringify(where);
  useEffect(() => {
    if (!isSound) return;
    let isCurrent = true;
    setMeasured((old) => ({ ...old, isBusy: true }));
    const timer = setTimeout(async () => {
      const body = { where: JSON.parse(text) as Where };
      try {
        const count = await call('post', '/api/audiences/count', { body });
        if (isCurrent) setMeasured((old) => ({ ...old, count, problem: '', isBusy: false }));
        const portrait = await call('post', '/api/audiences/portrait', { body });
        if (isCurrent) setMeasured((old) => ({ ...old, portrait }));
      } catch (error) {
        if (isCurrent) setMeasured({ count: null, portrait: null, problem: say(error), isBusy: false });
      }
    }, PAUSE);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
    // `say` changes with the language only, which is no reason to count again.
  }, [text, isSound]);
  return measured;
}

/** Who the people are, attribute by attribute, beside everybody. */
export function Portrait({ data, where }: { data: Schemas['AudiencePortrait']; where: Where }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  if (data.members === 0) return null;
  return (
    <Section title={t('audiences.portrait')} extra={<span className="legend"><i className="fill" /> {t('audiences.here')} <i className="tick" /> {t('audiences.everybody')}</span>}>
      <div className="portraits">
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
                text: <>{format.share(bar.share)} <span className="muted">×{format.decimal(bar.index, 1)}</span></>,
              }))}
            />
          </div>
        ))}
      </div>
    </Section>
  );
}
