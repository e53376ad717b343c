import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { TouchesAnswer } from '../insights/TouchesAnswer';
import { touchesAsked, TouchesQuestion, usualTouches, type TouchesSpec } from '../insights/TouchesQuestion';

export default function Touches() {
  return <Catalogued title="page.touches">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<TouchesSpec>(usualTouches(catalog));
  const wanted = touchesAsked(spec);
  const query = useAnswer('/api/insights/touches', wanted);
  return (
    <Asking
      name="touches" query={query} isAsked={wanted !== undefined}
      question={spec && <TouchesQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <TouchesAnswer {...told} catalog={catalog} />}
    </Asking>
  );
}
