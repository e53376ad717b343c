import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import { DistributionAnswer } from '../insights/DistributionAnswer';
import { distributionAsked, DistributionQuestion, usualDistribution, type DistributionSpec } from '../insights/DistributionQuestion';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { Rfm } from '../insights/Rfm';

export default function Distribution() {
  return <Catalogued title="page.distribution">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<DistributionSpec>(usualDistribution(catalog));
  const wanted = distributionAsked(spec);
  const query = useAnswer('/api/insights/distribution', wanted);
  return (
    <Asking
      name="distribution" query={query} isAsked={wanted !== undefined} below={<Rfm />}
      question={spec?.step && <DistributionQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <DistributionAnswer {...told} />}
    </Asking>
  );
}
