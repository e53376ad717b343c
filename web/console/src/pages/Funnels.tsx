import { useTranslation } from 'react-i18next';

import { Page } from '../components/Page';
import { Answered, Stamp } from '../insights/Answered';
import { Catalogued } from '../insights/Catalogued';
import { FunnelAnswer } from '../insights/FunnelAnswer';
import { funnelAsked, FunnelQuestion, usualFunnel, type FunnelSpec } from '../insights/FunnelQuestion';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';

export default function Funnels() {
  return <Catalogued title="page.funnels">{(catalog) => <Asking catalog={catalog} />}</Catalogued>;
}

function Asking({ catalog }: { catalog: Catalog }) {
  const { t } = useTranslation();
  const { spec, change } = useQuestion<FunnelSpec>(usualFunnel(catalog) ?? { steps: [{}, {}] });
  const wanted = funnelAsked(spec);
  const query = useAnswer('/api/insights/funnel', wanted);
  return (
    <Page title={t('page.funnels')} lead={<>{t('insights.funnels_lead')} <Stamp asOf={query.data?.answer.as_of} /></>}>
      {spec?.steps && <FunnelQuestion spec={spec} catalog={catalog} change={change} />}
      <Answered query={query} isAsked={wanted !== undefined}>
        {(told) => <FunnelAnswer {...told} catalog={catalog} />}
      </Answered>
    </Page>
  );
}
