import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useFormat } from '../format';

/** What is doubtful about a definition, in the reader's language. */
export function Doubts({ doubts }: { doubts: Schemas['TagDoubt'][] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (doubts.length === 0) return null;
  const words = (one: Schemas['TagDoubt']) => {
    const { event, nearest, days, facts, history } = one.detail;
    return t(`tag_doubt.${one.code}`, {
      event, nearest, facts: facts ? t(`fact_kind.${facts}`) : '',
      days: format.count(Number(days ?? 0)), history: format.count(Number(history ?? 0)),
    });
  };
  return (
    <Alert
      type="warning" showIcon className="notice" title={t('tags.doubtful')}
      description={<ul className="plain">{doubts.map((one, place) => <li key={place}>{words(one)}</li>)}</ul>}
    />
  );
}
