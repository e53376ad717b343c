import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { VisitsAnswer } from '../insights/VisitsAnswer';
import { visitsAsked, VisitsQuestion, usualVisits, type VisitsSpec } from '../insights/VisitsQuestion';

export default function Visits() {
  return <Catalogued title="page.visits">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<VisitsSpec>(usualVisits);
  const wanted = visitsAsked(spec);
  const query = useAnswer('/api/insights/sessions', wanted);
  return (
    <Asking
      name="visits" query={query} isAsked={wanted !== undefined}
      question={spec && <VisitsQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <VisitsAnswer {...told} catalog={catalog} />}
    </Asking>
  );
}
