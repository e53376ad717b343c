import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Chip } from '../components/Marks';
import { useFormat } from '../format';
import { differences } from './changes';

const TONES = { taken: 'green', repeated: 'blue', open: 'orange', impossible: 'plain' } as const;

/** Records before and after a fix, and whether they would be taken. */
export function Previews({ found }: { found: Schemas['Previews'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const taken = found.previews.filter((one) => one.outcome === 'taken').length;
  return (
    <section aria-live="polite">
      <h3>{t('records.preview_title', { shown: format.count(found.previews.length), total: format.count(found.total), taken: format.count(taken) })}</h3>
      <ol className="previews">
        {found.previews.map((one) => <Preview key={one.id} one={one} />)}
      </ol>
    </section>
  );
}

function Preview({ one }: { one: Schemas['Preview'] }) {
  const { t } = useTranslation();
  const changed = differences(one.before, one.after);
  return (
    <li>
      <header>
        <Chip tone={TONES[one.outcome]}>{t(`outcome.${one.outcome}`)}</Chip>
        {one.outcome === 'open' && <span className="muted">{one.reason && t(`rule_code.${one.reason}`, { defaultValue: one.reason })} · {one.detail}</span>}
        {one.outcome === 'impossible' && <span className="muted">{t(`obstacle.${one.detail}`)}</span>}
      </header>
      {changed.length === 0 ? <p className="muted">{t('records.unchanged')}</p> : (
        <dl>
          {changed.map((difference) => (
            <div key={difference.path}>
              <dt><code>{difference.path}</code></dt>
              <dd>
                {difference.before !== null && <del>{difference.before}</del>}{' '}
                <span aria-hidden>→</span>{' '}
                {difference.after === null ? <span className="muted">{t('records.removed')}</span> : <ins>{difference.after}</ins>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
