import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import { FunnelAnswer } from '../insights/FunnelAnswer';
import { funnelAsked, FunnelQuestion, usualFunnel, type FunnelSpec } from '../insights/FunnelQuestion';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';

export default function Funnels() {
  return <Catalogued title="page.funnels">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<FunnelSpec>(usualFunnel(catalog) ?? { steps: [{}, {}] });
  const wanted = funnelAsked(spec);
  const query = useAnswer('/api/insights/funnel', wanted);
  return (
    <Asking
      name="funnels" query={query} isAsked={wanted !== undefined}
      question={spec?.steps && <FunnelQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <FunnelAnswer {...told} catalog={catalog} />}
    </Asking>
  );
}
