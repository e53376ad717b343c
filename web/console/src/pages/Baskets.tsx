import { Asking } from '../insights/Asking';
import { BasketsAnswer } from '../insights/BasketsAnswer';
import { basketsAsked, BasketsQuestion, usualBaskets, type BasketsSpec } from '../insights/BasketsQuestion';
import { useAnswer, useQuestion } from '../insights/question';

export default function Baskets() {
  const { spec, change } = useQuestion<BasketsSpec>(usualBaskets);
  const wanted = basketsAsked(spec);
  const query = useAnswer('/api/insights/baskets', wanted);
  // What there is to choose from: all that the same question names when it is about no one item.
  const all = useAnswer('/api/insights/baskets', basketsAsked(spec && { ...spec, item: undefined }));
  const answer = all.data?.answer;
  const named = (answer?.rows ?? []).flatMap((row) => [row.item, row.other, row.items, row.antecedent].flat());
  const items = [...new Set(named.filter((one): one is string => typeof one === 'string'))];
  return (
    <Asking
      name="baskets" query={query} isAsked={wanted !== undefined}
      question={spec && <BasketsQuestion spec={spec} items={items.map((value) => ({ value, label: answer?.titles[value] ?? value }))} change={change} />}
    >
      {(told) => <BasketsAnswer {...told} choose={(item) => change({ item })} />}
    </Asking>
  );
}
