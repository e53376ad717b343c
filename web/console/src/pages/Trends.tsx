import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { TrendsAnswer } from '../insights/TrendsAnswer';
import { trendsAsked, TrendsQuestion, usualTrends, type TrendsSpec } from '../insights/TrendsQuestion';

export default function Trends() {
  return <Catalogued title="page.trends">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<TrendsSpec>(usualTrends(catalog));
  const wanted = trendsAsked(spec);
  const query = useAnswer('/api/insights/trends', wanted);
  return (
    <Asking
      name="trends" query={query} isAsked={wanted !== undefined}
      question={spec?.series && <TrendsQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <TrendsAnswer {...told} catalog={catalog} />}
    </Asking>
  );
}
