import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';

import { useFilters } from '../components/query';
import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import { LifecycleAnswer } from '../insights/Lifecycle';
import type { Catalog } from '../insights/names';
import { oneStepAsked, OneStepQuestion, type OneStepSpec } from '../insights/OneStep';
import { useAnswer, useQuestion } from '../insights/question';
import { RetentionAnswer } from '../insights/RetentionAnswer';
import { retentionAsked, RetentionQuestion, usualRetention, type RetentionSpec } from '../insights/RetentionQuestion';
import { StickinessAnswer } from '../insights/Stickiness';

const VIEWS = ['cohorts', 'stickiness', 'lifecycle'];
const USUAL_STICKINESS: OneStepSpec = { step: {}, days: { last: 30 }, interval: 'day' };
const USUAL_LIFECYCLE: OneStepSpec = { step: {}, days: { last: 84 }, interval: 'week' };

export default function Retention() {
  const { get } = useFilters();
  const Body = { stickiness: Stickiness, lifecycle: Lifecycle }[get('about')] ?? Cohorts;
  return <Catalogued title="page.retention">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

/** Three ways to look at who comes again; each asks a question of its own. */
function About() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  return (
    <Segmented
      aria-label={t('insights.about')} value={get('about') || 'cohorts'} options={VIEWS.map((value) => ({ value, label: t(`insights.abouts.${value}`) }))}
      onChange={(value) => set({ about: value === 'cohorts' ? '' : value, q: '', group: '', view: '' })}
    />
  );
}

function Cohorts({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<RetentionSpec>(usualRetention(catalog));
  const wanted = retentionAsked(spec);
  const query = useAnswer('/api/insights/retention', wanted);
  return (
    <Asking
      name="retention" query={query} isAsked={wanted !== undefined} actions={<About />}
      question={spec?.target && <RetentionQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <RetentionAnswer {...told} />}
    </Asking>
  );
}

function Stickiness({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion(USUAL_STICKINESS);
  const wanted = oneStepAsked(spec);
  const query = useAnswer('/api/insights/stickiness', wanted);
  return (
    <Asking
      name="retention" lead="stickiness" query={query} isAsked={wanted !== undefined} actions={<About />}
      question={spec?.step && <OneStepQuestion spec={spec} catalog={catalog} change={change} intervals={['day', 'week', 'month']} isDivided />}
    >
      {(told) => <StickinessAnswer {...told} />}
    </Asking>
  );
}

function Lifecycle({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion(USUAL_LIFECYCLE);
  const wanted = oneStepAsked(spec);
  const query = useAnswer('/api/insights/lifecycle', wanted);
  return (
    <Asking
      name="retention" lead="lifecycle" query={query} isAsked={wanted !== undefined} actions={<About />}
      question={spec?.step && <OneStepQuestion spec={spec} catalog={catalog} change={change} intervals={['day', 'week', 'month']} />}
    >
      {(told) => <LifecycleAnswer {...told} />}
    </Asking>
  );
}
