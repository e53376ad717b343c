import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';

import { Problem } from '../api/client';

/** What is shown instead of a page that could not be loaded: what happened, and a way on. */
export function Failure(props: { error?: unknown; again?: () => void }) {
  const { t } = useTranslation();
  const { error } = props;
  const code = error instanceof Problem ? error.code : 'unreachable';
  const known = t(`problem.${code}`, { defaultValue: '' });
  return (
    <Result
      status={code === 'not_allowed' ? '403' : code === 'not_found' ? '404' : 'warning'}
      title={known || t('problem.title')}
      subTitle={error instanceof Problem ? error.message : t('problem.unreachable_hint')}
      extra={props.again && <Button onClick={props.again}>{t('action.retry')}</Button>}
    />
  );
}

export function useSay() {
  const { t } = useTranslation();
  return (error: unknown) =>
    error instanceof Problem && error.code !== 'unreachable'
      ? error.message
      : t('problem.unreachable_hint');
}
