import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { IntervalsAnswer } from '../insights/IntervalsAnswer';
import { intervalsAsked, IntervalsQuestion, usualIntervals, type IntervalsSpec } from '../insights/IntervalsQuestion';

export default function Intervals() {
  return <Catalogued title="page.intervals">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<IntervalsSpec>(usualIntervals(catalog));
  const wanted = intervalsAsked(spec);
  const query = useAnswer('/api/insights/intervals', wanted);
  return (
    <Asking
      name="intervals" query={query} isAsked={wanted !== undefined}
      question={spec && <IntervalsQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <IntervalsAnswer {...told} />}
    </Asking>
  );
}
