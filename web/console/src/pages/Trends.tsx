import { useTranslation } from 'react-i18next';

import { Page } from '../components/Page';
import { Answered, Stamp } from '../insights/Answered';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { TrendsAnswer } from '../insights/TrendsAnswer';
import { trendsAsked, TrendsQuestion, usualTrends, type TrendsSpec } from '../insights/TrendsQuestion';

export default function Trends() {
  return <Catalogued title="page.trends">{(catalog) => <Asking catalog={catalog} />}</Catalogued>;
}

function Asking({ catalog }: { catalog: Catalog }) {
  const { t } = useTranslation();
  const { spec, change } = useQuestion<TrendsSpec>(usualTrends(catalog));
  const wanted = trendsAsked(spec);
  const query = useAnswer('/api/insights/trends', wanted);
  return (
    <Page title={t('page.trends')} lead={<>{t('insights.trends_lead')} <Stamp asOf={query.data?.answer.as_of} /></>}>
      {spec?.series && <TrendsQuestion spec={spec} catalog={catalog} change={change} />}
      <Answered query={query} isAsked={wanted !== undefined}>
        {(told) => <TrendsAnswer {...told} catalog={catalog} />}
      </Answered>
    </Page>
  );
}
