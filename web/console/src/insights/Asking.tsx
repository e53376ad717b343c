import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Problem } from '../api/client';
import { Page } from '../components/Page';
import { Answered, Stamp } from './Answered';
import type { Told } from './question';

/** A page with a question above and its answer below. */
export function Asking<A extends { as_of: string }, S>(props: {
  name: string;
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
      lead={<>{t(`insights.${props.name}_lead`)} <Stamp asOf={props.query.data?.answer.as_of} /></>}
    >
      {props.question}
      <Answered query={props.query} isAsked={props.isAsked}>{props.children}</Answered>
      {props.below}
    </Page>
  );
}
