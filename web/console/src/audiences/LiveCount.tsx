import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { useFormat } from '../format';
import type { Measured } from './measured';

/** The size of what is being edited, as it stands. */
export function LiveCount({ measured, isSound }: { measured: Measured; isSound: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, problem, isBusy } = measured;
  return (
    <Section title={t('audiences.size')}>
      <div className="live-count" aria-live="polite" aria-busy={isBusy}>
        {!isSound ? (
          <p className="muted">{t('audiences.incomplete')}</p>
        ) : problem ? (
          <p className="bad">{problem}</p>
        ) : count ? (
          <>
            <b className={isBusy ? 'stale' : ''}>{format.count(count.count)}</b>
            <p className="muted">{t('audiences.of_total', { share: format.share(count.total ? count.count / count.total : 0), total: format.count(count.total) })}</p>
            <p className="muted">{t('audiences.reachable', { people: format.count(count.reachable), share: format.share(count.count ? count.reachable / count.count : 0) })}</p>
            {count.warnings.map((key) => <Alert key={key} type="warning" showIcon title={t(`audiences.warning.${key}`)} />)}
            {count.notes.map((note) => <Alert key={note} type="info" showIcon title={note} />)}
          </>
        ) : (
          <b className="stale">…</b>
        )}
      </div>
    </Section>
  );
}
