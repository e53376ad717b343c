import type { UseQueryResult } from '@tanstack/react-query';
import { Alert, Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useSay } from '../components/Failure';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useFormat } from '../format';

/** A skeleton at first, the server's sentence where it refuses, the last answer while it thinks. */
export function Answered<T>(props: { query: UseQueryResult<T>; isAsked: boolean; children: (answer: T) => ReactNode }) {
  const { t } = useTranslation();
  const say = useSay();
  const { data, error, fetchStatus, refetch, isPlaceholderData } = props.query;
  if (!props.isAsked) return <Section><NextStep text={t('insights.incomplete_question')} /></Section>;
  if (error) {
    return (
      <Alert
        type="warning" showIcon className="ask-refused" title={say(error)}
        action={<Button size="small" onClick={() => void refetch()}>{t('action.retry')}</Button>}
      />
    );
  }
  if (data === undefined && fetchStatus === 'idle') return null;
  if (data === undefined) return <Section><Skeleton active paragraph={{ rows: 8 }} /></Section>;
  return <div className={isPlaceholderData ? 'ask-answer old' : 'ask-answer'} aria-busy={isPlaceholderData && fetchStatus === 'fetching'}>{props.children(data)}</div>;
}

/** How new an answer is. */
export function Stamp({ asOf }: { asOf: string | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  return asOf ? <>{t('insights.as_of', { time: format.time(asOf) })}</> : null;
}
