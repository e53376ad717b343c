import './insights.css';

import type { UseQueryResult } from '@tanstack/react-query';
import { Alert } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Problem } from '../api/client';
import { Page } from '../components/Page';
import { useTitles } from '../conditions';
import { Answered, Stamp } from './Answered';
import type { Told } from './question';

/** A page with a question above and its answer below. */
export function Asking<A extends { as_of: string; unseen?: string[] }, S>(props: {
  name: string;
  /** The key of the sentence below the title, if it is not the page's. */
  lead?: string;
  actions?: ReactNode;
  question: ReactNode;
  /** What does not depend on the question. */
  below?: ReactNode;
  query: UseQueryResult<Told<A, S>, Problem>;
  isAsked: boolean;
  children: (told: Told<A, S>) => ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Page
      title={t(`page.${props.name}`)} actions={props.actions}
      lead={<>{t(`insights.${props.lead ?? props.name}_lead`)} <Stamp asOf={props.query.data?.answer.as_of} /></>}
    >
      {props.question}
      <Answered query={props.query} isAsked={props.isAsked}>{(told) => <><Unseen events={told.answer.unseen ?? []} />{props.children(told)}</>}</Answered>
      {props.below}
    </Page>
  );
}

/** Why the answer holds nothing of events that the plan expects and nobody sent yet. */
function Unseen({ events }: { events: string[] }) {
  const { t } = useTranslation();
  const titles = useTitles();
  if (events.length === 0) return null;
  return <Alert type="info" showIcon className="ask-refused ask-unseen" title={t('insights.unseen', { count: events.length, names: events.map(titles.event).join(', ') })} />;
}
