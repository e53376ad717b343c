import { App } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import type { paths } from '../api/schema';
import { useFormat } from '../format';

/** What a replay or a dismissal changes, but for the record itself: it is mostly gone then. */
export const STALE: (keyof paths)[] = ['/api/data/records', '/api/data/records/rules', '/api/data/plan', '/api/data/plan/versions'];

/** Tell what became of replayed records. */
export function useReport() {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  return (done: Schemas['Replayed']) => {
    const text = t('records.replayed', {
      taken: format.count(done.taken), repeated: format.count(done.repeated), open: format.count(done.open + done.impossible),
    });
    if (done.open + done.impossible > 0) void message.warning(text, 6);
    else void message.success(text);
  };
}
