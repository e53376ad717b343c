import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { RetentionAnswer } from '../insights/RetentionAnswer';
import { retentionAsked, RetentionQuestion, usualRetention, type RetentionSpec } from '../insights/RetentionQuestion';

export default function Retention() {
  return <Catalogued title="page.retention">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<RetentionSpec>(usualRetention(catalog));
  const wanted = retentionAsked(spec);
  const query = useAnswer('/api/insights/retention', wanted);
  return (
    <Asking
      name="retention" query={query} isAsked={wanted !== undefined}
      question={spec?.target && <RetentionQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <RetentionAnswer {...told} />}
    </Asking>
  );
}
