import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { useAnswer, useQuestion } from '../insights/question';
import { ReferralAnswer } from '../insights/ReferralAnswer';
import { referralAsked, ReferralQuestion, usualReferral, type ReferralSpec } from '../insights/ReferralQuestion';

export default function Referral() {
  return <Catalogued title="page.referral">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<ReferralSpec>(usualReferral(catalog));
  const wanted = referralAsked(spec);
  const query = useAnswer('/api/insights/referral', wanted);
  return (
    <Asking
      name="referral" query={query} isAsked={wanted !== undefined || spec?.joined.event !== undefined}
      question={spec && <ReferralQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <ReferralAnswer {...told} catalog={catalog} />}
    </Asking>
  );
}
