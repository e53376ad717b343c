import { Asking } from '../insights/Asking';
import { Catalogued } from '../insights/Catalogued';
import type { Catalog } from '../insights/names';
import { PathsAnswer } from '../insights/PathsAnswer';
import { pathsAsked, PathsQuestion, usualPaths, type PathsSpec } from '../insights/PathsQuestion';
import { useAnswer, useQuestion } from '../insights/question';

export default function Paths() {
  return <Catalogued title="page.paths">{(catalog) => <Body catalog={catalog} />}</Catalogued>;
}

function Body({ catalog }: { catalog: Catalog }) {
  const { spec, change } = useQuestion<PathsSpec>(usualPaths);
  const wanted = pathsAsked(spec);
  const query = useAnswer('/api/insights/paths', wanted);
  return (
    <Asking
      name="paths" query={query} isAsked={wanted !== undefined}
      question={spec && <PathsQuestion spec={spec} catalog={catalog} change={change} />}
    >
      {(told) => <PathsAnswer {...told} catalog={catalog} />}
    </Asking>
  );
}
