import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Bars } from '../components/Bars';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, type Figure } from './AnswerCard';
import { Fact, Facts } from './Facts';
import type { Catalog } from './names';
import { usePeople } from './People';
import { useDuration } from './times';
import type { TouchesSpec } from './TouchesQuestion';

type Answer = Schemas['TouchesAnswer'];
type Path = Answer['paths'][number];
const DRAWN = 15;

export function TouchesAnswer({ answer, spec, catalog }: { answer: Answer; spec: TouchesSpec; catalog: Catalog }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const { look, drawer } = usePeople('touches', spec);
  const goal = catalog.event(spec.goal.event ?? '');
  if (answer.goals === 0) return <Section><p className="muted">{t('insights.nobody_reached', { event: goal })}</p></Section>;
  const by = spec.by ?? 'channel';
  const touch = (name: string) =>
    name === '…' ? t('insights.other') : by === 'event' ? catalog.event(name) : by === 'channel' || by === 'platform' ? t(`channel.${name}`, { defaultValue: name }) : name;
  const title = ({ path }: Path) => (path.length ? path.map(touch).join(' → ') : t('insights.no_touch'));
  const open = (one: Path) => (look ? () => look({ path: one.path }, title(one)) : undefined);
  const untouched = answer.paths.find((one) => one.path.length === 0)?.goals ?? 0;
  const [first] = answer.paths.filter((one) => one.path.length > 0);
  const rows = answer.paths.map((one): Figure[] => [
    { value: title(one), text: title(one) },
    { value: one.goals, text: format.count(one.goals) },
    { value: one.share, text: format.share(one.share) },
    { value: one.people, text: format.count(one.people), look: open(one) },
    { value: one.revenue, text: format.money(one.revenue, 0) },
    { value: one.average_seconds, text: one.path.length ? duration(one.average_seconds) : '' },
  ]);
  const left = answer.left_out.paths + Math.max(0, answer.paths.length - DRAWN);
  return (
    <>
      <Facts>
        <Fact name={t('insights.goals')} value={format.count(answer.goals)} foot={t('insights.of_people', { count: answer.people, shown: format.count(answer.people) })} />
        <Fact name={t('insights.revenue')} value={format.compactMoney(answer.revenue)} />
        <Fact name={t('insights.untouched')} value={format.share(untouched / answer.goals)} foot={t('insights.untouched_foot')} />
        <Fact name={t('insights.commonest_path')} value={format.share(first?.share)} foot={first && title(first)} />
      </Facts>
      <AnswerCard
        title={t('insights.touch_paths')} file="touches" rows={rows} columns={['path', 'goals', 'of_goals', 'people', 'revenue', 'from_first_touch'].map((key) => t(`insights.${key}`))}
        foot={<p className="muted ask-hint">{look && t('insights.pick_path')} {left > 0 && t('insights.paths_left', { count: left, shown: format.count(left) })}</p>}
      >
        <Bars
          label={t('insights.touch_paths')} isWide
          bars={answer.paths.slice(0, DRAWN).map((one) => ({
            key: one.path.join('|'), name: title(one), value: one.share, look: open(one),
            text: <>{format.share(one.share)} <span className="muted">{t('insights.goals_of', { count: one.goals, shown: format.count(one.goals) })}</span></>,
          }))}
        />
      </AnswerCard>
      {drawer}
    </>
  );
}
